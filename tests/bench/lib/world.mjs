// What every part of the bench runs in: a gateway with its local verifier, the server before it, a browser with a camera.
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { launch } from "../../e2e/lib/browser.mjs";
import { startGateway } from "../../e2e/lib/gateway.mjs";
import { pages } from "./pages.mjs";
import { DIST, PAGES } from "./paths.mjs";
import { startServer } from "./server.mjs";

/** MediaPipe reads frames through WebGL, which a machine without a graphics card has in software only. */
const FLAGS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** An option of a script that counts something; its default can be set in the environment. */
export const number = (name, fallback) => [name, { type: "string", default: process.env[`LIVENESS_BENCH_${name.toUpperCase()}`] ?? String(fallback) }];

/** Tells on stderr what is going on. */
export const say = (text) => console.error(`bench: ${text}`);

/**
 * Does `work` in a world {browser, server, run, about}, and ends the world. `video` is a fake camera ({file, source});
 * `folders` and `files` are what the server has besides pages and package.
 */
export async function inWorld({ video, folders = {}, files = {} }, work) {
  if (!existsSync(join(DIST, "index.js"))) throw new Error(`${DIST}: no package; cargo xtask build makes it`);
  const ends = [];
  try {
    const gateway = await startGateway();
    ends.push(() => gateway.stop());
    const server = await startServer({ folders: { bench: [PAGES], pkg: [DIST], ...folders }, files, gateway: gateway.origin });
    ends.push(() => server.stop());
    const browser = await launch({ camera: video.file, flags: FLAGS });
    ends.push(() => browser.close());
    const about = { browser: `Chromium ${browser.version()}`, cpu: `${cpus().length} x ${cpus()[0].model}`, camera: video.source };
    return await work({ browser, server, run: await pages(browser, server), about });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
