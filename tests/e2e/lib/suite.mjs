// What a test file needs: a gateway behind a proxy, a browser per camera, and the cleaning up.
import { after, afterEach, before } from "node:test";
import { launch, visit } from "./browser.mjs";
import { startGateway } from "./gateway.mjs";
import { startProxy } from "./proxy.mjs";

/** A short check, for tests that need not wait for thirty pictures. */
export const QUICK = { model: "mixed-10-v2", fps: "15" };

/** Registers the hooks, which fill in the object returned. `gatewayOptions` may be a function. */
export function suite(gatewayOptions = {}) {
  const browsers = new Map();
  let visits = [];
  const world = {
    gateway: null,
    proxy: null,
    /**
     * Opens the page in a fresh context. `camera` is a file, a promise of one, or null; `browser` holds further
     * options of `launch`, `context` those of Playwright's context, `init` scripts to run before the page's own.
     */
    async visit({ camera = null, query = {}, browser: launching = {}, context = {}, init = [] } = {}) {
      const options = { camera: await camera, ...launching };
      const key = JSON.stringify(options);
      if (!browsers.has(key)) browsers.set(key, await launch(options));
      const made = await visit(browsers.get(key), world.proxy.origin, { context, init });
      visits.push(made);
      return made.open(query);
    },
  };

  before(async () => {
    world.gateway = await startGateway(typeof gatewayOptions === "function" ? await gatewayOptions() : gatewayOptions);
    world.proxy = await startProxy(world.gateway.origin);
  });
  afterEach(async () => {
    await Promise.allSettled(visits.map((visit) => visit.close()));
    visits = [];
    world.proxy?.reset();
  });
  after(async () => {
    await Promise.allSettled([...browsers.values()].map((browser) => browser.close()));
    await world.proxy?.stop();
    await world.gateway?.stop();
  });
  return world;
}
