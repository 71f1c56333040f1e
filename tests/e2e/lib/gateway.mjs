// The real gateway as a child process, with the local verifier.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { MODEL_FILE, STATIC_DIR, gatewayBinary } from "./paths.mjs";

const START_MS = 15_000;
const STOP_MS = 5_000;

/** Ours without what configures a gateway: a test sets what it needs, and must never reach a real upstream. */
const ENVIRONMENT = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(LIVENESS|MOVERIS)_/.test(name))),
  // The fake cameras show the same film in every check.
  LIVENESS_RECYCLED_PICTURES: "warn",
};

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a gateway that serves the demo, or `files`; `stop()` ends it, `log()` returns what it has written so far. */
export async function startGateway({ args = [], env = {}, files = STATIC_DIR } = {}) {
  for (const path of [files, MODEL_FILE]) {
    if (!existsSync(path)) throw new Error(`${path} is missing: build the page and the model first`);
  }
  const port = await freePort();
  const child = spawn(
    gatewayBinary(),
    ["--listen", `127.0.0.1:${port}`, "--static-dir", files, "--model-file", MODEL_FILE, ...args],
    { env: { ...ENVIRONMENT, ...env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  const closed = once(child, "close");
  const stop = async () => {
    child.kill("SIGTERM");
    const inTime = await Promise.race([closed.then(() => true), sleep(STOP_MS, false, { ref: false })]);
    if (!inTime) child.kill("SIGKILL");
    await closed;
  };
  // Whatever happens to the tests, leave no gateway behind.
  process.once("exit", () => child.kill("SIGKILL"));

  const origin = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + START_MS; ; ) {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}:\n${log}`);
    const healthy = await fetch(`${origin}/health`).then((response) => response.ok, () => false);
    if (healthy) return { origin, port, stop, log: () => log };
    if (Date.now() > end) {
      await stop();
      throw new Error(`the gateway did not answer /health within ${START_MS} ms:\n${log}`);
    }
    await sleep(50);
  }
}
