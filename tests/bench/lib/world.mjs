// The setting of every part of the bench: a gateway with its local verifier, a server before it, a browser with a camera.
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { launch } from "../../e2e/lib/browser.mjs";
import { startGateway } from "../../e2e/lib/gateway.mjs";
import { pages } from "./pages.mjs";
import { DIST, PAGES } from "./paths.mjs";
import { startServer } from "./server.mjs";

/** MediaPipe reads frames through WebGL, which is in software on a machine without a graphics card. */
const FLAGS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** A script's option with a number; the environment can set its default. */
export const number = (name, fallback) => [name, { type: "string", default: process.env[`LIVENESS_BENCH_${name.toUpperCase()}`] ?? String(fallback) }];

/** Prints progress on stderr. */
export const say = (text) => console.error(`bench: ${text}`);

/**
 * Does `work` in a world {browser, server, run, about}, then ends the world. `video` is a fake camera ({file, source});
 * `folders` and `files` are served besides pages and package.
 */
export async function inWorld({ video, folders = {}, files = {} }, work) {
  if (!existsSync(join(DIST, "index.js"))) throw new Error(`${DIST}: no package; run cargo xtask build`);
  const ends = [];
  try {
    const gateway = await startGateway();
    ends.push(() => gateway.stop());
    const server = await startServer({ folders: { bench: [PAGES], pkg: [DIST], ...folders }, files, gateway: gateway.origin });
    ends.push(() => server.stop());
    const browser = await launch({ camera: video.file, whole: true, flags: FLAGS });
    ends.push(() => browser.close());
    const about = { browser: `Chromium ${browser.version()}`, cpu: `${cpus().length} x ${cpus()[0].model}`, camera: video.source };
    return await work({ browser, server, run: await pages(browser, server), about });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}
