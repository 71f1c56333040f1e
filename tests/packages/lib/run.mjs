// Programs as child processes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const STOP_MS = 5_000;
const START_MS = 60_000;

/** What tools would otherwise do on their own: report usage, colour their output, wait for a person. */
const ENVIRONMENT = {
  ...process.env,
  CI: "true",
  NEXT_TELEMETRY_DISABLED: "1",
  NO_COLOR: "1",
  NO_UPDATE_NOTIFIER: "1",
  BROWSER: "none",
  // A tool must take a project for its own, whatever the one that runs this suite has set.
  NODE_ENV: undefined,
  NODE_OPTIONS: undefined,
};

const running = new Set();
process.once("exit", () => running.forEach((child) => kill(child, "SIGKILL")));

/** Ends a program and the programs it has started. */
function kill(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // It has ended by itself.
    if (error.code !== "ESRCH") throw error;
  }
}

function start(program, args, { cwd, env = {} }) {
  const child = spawn(program, args, {
    cwd,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // In a process group of its own, so that it can be ended as a whole.
    detached: true,
  });
  running.add(child);
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  const closed = once(child, "close").finally(() => running.delete(child));
  return { child, closed, log: () => log };
}

/** Runs a program to its end; returns what it wrote, and throws with that if it fails. */
export async function run(program, args, { timeout = 400_000, ...options } = {}) {
  const { child, closed, log } = start(program, args, options);
  const timer = setTimeout(() => kill(child, "SIGKILL"), timeout);
  const [code, signal] = await closed;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${code ?? signal}:\n${log().trim()}`);
  return log();
}

/** Starts a server as a child process and waits until `url` answers. `stop()` ends it. */
export async function serve(program, args, { url, ...options }) {
  const { child, closed, log } = start(program, args, options);
  const stop = async () => {
    kill(child, "SIGTERM");
    const inTime = await Promise.race([closed.then(() => true), sleep(STOP_MS, false, { ref: false })]);
    if (!inTime) kill(child, "SIGKILL");
    await closed;
  };
  for (const end = Date.now() + START_MS; ; ) {
    if (child.exitCode !== null) throw new Error(`${program} ${args.join(" ")} ended with ${child.exitCode}:\n${log()}`);
    const up = await fetch(url, { signal: AbortSignal.timeout(START_MS) }).then((answer) => answer.status < 500, () => false);
    if (up) return { url, stop, log };
    if (Date.now() > end) {
      await stop();
      throw new Error(`${url} did not answer within ${START_MS} ms:\n${log()}`);
    }
    await sleep(100);
  }
}
