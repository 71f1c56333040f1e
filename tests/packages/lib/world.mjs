// What all environments share: one browser, one gateway, one camera.
import { once } from "node:events";
import { createServer } from "node:net";
import { launch } from "../../e2e/lib/browser.mjs";
import { drawnCamera } from "../../e2e/lib/camera.mjs";
import { startGateway } from "../../e2e/lib/gateway.mjs";
import { serve } from "./run.mjs";
import { startServer } from "./server.mjs";
import { check } from "./visit.mjs";

const SERVER_KEY = "a key for back ends alone";
/** Ports that pages may be served from; the gateway has to know their origins when it starts. */
const PORTS = 40;
/** Below what the system hands out for outgoing connections. */
const FIRST_PORT = 20_000;

async function isFree(port) {
  const server = createServer().listen(port, "127.0.0.1");
  const free = await Promise.race([once(server, "listening").then(() => true), once(server, "error").then(() => false)]);
  if (free) await new Promise((done) => server.close(done));
  return free;
}

async function freePorts(count) {
  const ports = [];
  for (let port = FIRST_PORT + Math.floor(Math.random() * 8_000); ports.length < count; port += 1) {
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

export async function makeWorld() {
  const ports = await freePorts(PORTS);
  const args = ports.flatMap((port) => ["--allow-origin", "--allow-frame"].flatMap((flag) => [flag, `http://127.0.0.1:${port}`]));
  const gateway = await startGateway({ args, env: { LIVENESS_SERVER_KEY: SERVER_KEY } });
  const browser = await launch({ camera: await drawnCamera() });

  const port = () => {
    if (ports.length === 0) throw new Error(`more than ${PORTS} ports are asked for: raise PORTS`);
    return ports.shift();
  };

  return {
    browser,
    gateway: gateway.origin,
    /** What a back end needs to reach it. */
    backEnd: { endpoint: gateway.origin, serverKey: SERVER_KEY },
    /** A port whose origin may use the gateway, for good. */
    port,
    check: (url, options = {}) => check(browser, url, { ...options, origins: [gateway.origin, ...(options.origins ?? [])] }),

    /** Serves files while `work` runs; the API is on the same origin. */
    async static(options, work) {
      const at = options.port ?? port();
      const server = await startServer({ gateway: gateway.origin, ...options, port: at });
      try {
        return await work(server);
      } finally {
        await server.stop();
        if (options.port === undefined) ports.push(at);
      }
    },

    /** Runs a tool's own server while `work` runs. `args` is a function of the port. */
    async dev(program, args, options, work) {
      const at = port();
      const url = `http://127.0.0.1:${at}/`;
      const server = await serve("node", [program, ...args(String(at))], { url, ...options });
      try {
        return await work(server);
      } catch (error) {
        error.message += `\nthe server said:\n${server.log().slice(-2_000)}`;
        throw error;
      } finally {
        await server.stop();
        ports.push(at);
      }
    },

    async close() {
      await browser.close();
      await gateway.stop();
    },
  };
}
