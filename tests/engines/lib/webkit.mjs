// WebKitGTK's MiniBrowser, driven through WebKitWebDriver by the W3C protocol, on a display of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../e2e/lib/gateway.mjs";
import { asBody } from "./script.mjs";

const START_MS = 30_000;
const SCRIPT_MS = 120_000;

/** With a camera that the engine draws itself, and that nobody has to allow. */
const MINI_BROWSER = ["--automation", "--enable-media-stream=true", "--enable-mock-capture-devices=true"];

/** What has to be on the machine, and the Debian package that has it. */
export const PROGRAMS = [
  { path: "/usr/bin/WebKitWebDriver", package: "webkit2gtk-driver" },
  { path: "/usr/bin/Xvfb", package: "xvfb" },
  // Without these it plays nothing.
  { path: "/usr/share/doc/gstreamer1.0-libav/copyright", package: "gstreamer1.0-libav" },
  { path: "/usr/share/doc/gstreamer1.0-plugins-good/copyright", package: "gstreamer1.0-plugins-good" },
];

/** Starts the browser; `close()` ends it, its driver and its display. */
export async function launchWebKit() {
  const folder = await mkdtemp(join(tmpdir(), "liveness-webkit-"));
  const children = [];
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGTERM");
      const ended = await Promise.race([once(child, "exit").then(() => true), sleep(3000, false, { ref: false })]);
      if (!ended) child.kill("SIGKILL");
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = (program, args, options = {}) => {
    const child = spawn(program, args, { stdio: "ignore", ...options });
    children.push(child);
    child.on("error", () => undefined);
    process.once("exit", () => child.kill("SIGKILL"));
    return child;
  };
  try {
    const display = await startDisplay(start);
    const port = await freePort();
    const env = {
      ...process.env,
      DISPLAY: display,
      // Nothing of the person's own browser is read or written, and no other display system is found.
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      XDG_CACHE_HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      GDK_BACKEND: "x11",
      WAYLAND_DISPLAY: "",
      // There is no graphics card to be found in a container.
      LIBGL_ALWAYS_SOFTWARE: "1",
    };
    start("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], { env });
    const driver = new Driver(`http://127.0.0.1:${port}`);
    await driver.ready();
    const { sessionId, capabilities } = await driver.call("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          "webkitgtk:browserOptions": { binary: await miniBrowser(), args: MINI_BROWSER },
          timeouts: { script: SCRIPT_MS, pageLoad: START_MS },
        },
      },
    });
    const page = new Page(driver, `/session/${sessionId}`);
    return {
      name: "WebKit",
      version: `WebKitGTK ${capabilities.browserVersion}`,
      page,
      async close() {
        await driver.call("DELETE", `/session/${sessionId}`).catch(() => undefined);
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Xvfb chooses a free display itself and writes its number. */
async function startDisplay(start) {
  const args = ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"];
  const child = start("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await Promise.race([
    once(child.stdio[3], "data").then(([data]) => String(data).trim()),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`Xvfb ended with ${code}`))),
    sleep(START_MS, null, { ref: false }),
  ]);
  if (!number) throw new Error("Xvfb did not start");
  return `:${number}`;
}

async function miniBrowser() {
  for (const parent of ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/libexec", "/usr/lib"]) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names.filter((name) => /^webkit2?gtk-/.test(name))) {
      const path = join(parent, name, "MiniBrowser");
      if (existsSync(path)) return path;
    }
  }
  throw new Error("MiniBrowser is missing: install webkit2gtk-driver");
}

class Driver {
  constructor(origin) {
    this.origin = origin;
  }

  async call(method, path, body) {
    const response = await fetch(this.origin + path, {
      method,
      headers: body ? { "content-type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value?.error}: ${value?.message}`);
    return value;
  }

  async ready() {
    for (const end = Date.now() + START_MS; ; await sleep(50)) {
      const status = await this.call("GET", "/status").catch(() => null);
      if (status?.ready) return;
      if (Date.now() > end) throw new Error("WebKitWebDriver did not start");
    }
  }
}

class Page {
  #driver;
  #session;

  constructor(driver, session) {
    this.#driver = driver;
    this.#session = session;
  }

  /** Loads a page, and waits for it. */
  goto = (url) => this.#driver.call("POST", `${this.#session}/url`, { url });

  /** Runs `work(argument)` in the page and gives what it returns. */
  async evaluate(work, argument) {
    const script = `const done = arguments[arguments.length - 1]; ${asBody(work, argument)}.then(done);`;
    const outcome = await this.#driver.call("POST", `${this.#session}/execute/async`, { script, args: [] });
    if ("error" in outcome) throw new Error(outcome.error);
    return outcome.value;
  }
}
