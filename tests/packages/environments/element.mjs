// <liveness-check> in bundles: its core and the page's language are in files of their own, which a bundler has to follow.
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertVerdict } from "../lib/visit.mjs";

const NAME = "<liveness-check>";
const SCRIPT = `<script type="module" src="./main.js"></script>`;
/** How the German words for a verdict begin. */
const GERMAN = /^(Eine echte Person|Es wurde keine echte|Kein eindeutiges)/;

const begin = (name, { script = SCRIPT, attributes = "" } = {}) =>
  project(`element-${name}`, { template: "element", replace: { SCRIPT: script, ATTRIBUTES: attributes } });

function assertSpoken(done) {
  assertVerdict(done);
  assert.match(done.result.said, GERMAN);
}
const served = (world, root) => world.static({ root }, async ({ url }) => assertSpoken(await world.check(url)));

export const element = [
  {
    name: `${NAME}, Vite 8, build`,
    async prepare() {
      const folder = await begin("vite8");
      await run("node", [await tool("vite8", "bin/vite.js"), "build"], { cwd: folder });
      return join(folder, "dist");
    },
    run: served,
  },
  {
    name: `${NAME}, Vite 7, development`,
    prepare: (world) => begin("vite7", { attributes: `endpoint="${world.gateway}"` }),
    async run(world, folder) {
      const args = (port) => ["--host", "127.0.0.1", "--strictPort", "--port", port];
      await world.dev(await tool("vite7", "bin/vite.js"), args, { cwd: folder }, async ({ url }) => assertSpoken(await world.check(url)));
    },
  },
  {
    name: `${NAME}, webpack 5, build`,
    async prepare() {
      // Its plugin puts the script into the page.
      const folder = await begin("webpack", { script: "" });
      await run("node", [await tool("webpack-cli", "bin/cli.js"), "--mode", "production"], { cwd: folder });
      return join(folder, "dist");
    },
    run: served,
  },
  {
    name: `${NAME}, esbuild, asset-base and the copy command`,
    async prepare() {
      const folder = await begin("esbuild", { attributes: `asset-base="./liveness/"` });
      const site = join(folder, "site");
      await run(await tool("esbuild", "bin/esbuild"), ["main.js", "--bundle", "--minify", "--format=esm", "--outfile=site/main.js"], { cwd: folder });
      await cp(join(folder, "index.html"), join(site, "index.html"));
      await run("npx", ["--no-install", "liveness-capture", "assets", "site/liveness"], { cwd: folder });
      return site;
    },
    run: served,
  },
];
