// Bundlers that follow no addresses: esbuild and Rollup, with `assetBase` and the copy command, or with the inline entry.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertFailure, assertVerdict } from "../lib/visit.mjs";

const BUILD = {
  esbuild: async (folder, format) => {
    const program = await tool("esbuild", "bin/esbuild");
    await run(program, ["main.js", "--bundle", "--minify", `--format=${format}`, "--outfile=site/main.js"], { cwd: folder });
  },
  Rollup: async (folder, format) => {
    const program = await tool("rollup", "dist/bin/rollup");
    const resolve = await tool("@rollup/plugin-node-resolve", "dist/cjs/index.js");
    await run("node", [program, "main.js", "--plugin", resolve, "--format", format, "--file", "site/main.js"], { cwd: folder });
  },
};
const TYPE = { esm: `type="module"`, iife: "" };

const bundles = new Map();

/**
 * Builds a project into `site/`, once: it may be served while others ask for it. `copied` names the folder in it that
 * the package's files are copied to.
 */
export function bundle(bundler, format, kind, options = {}) {
  const name = `${bundler}-${format}-${kind}`.toLowerCase();
  if (!bundles.has(name)) bundles.set(name, build(name, bundler, format, options));
  return bundles.get(name);
}

async function build(name, bundler, format, { entry = "liveness-capture", options = "{}", copied = null } = {}) {
  const replace = { ENTRY: entry, OPTIONS: options, TYPE: TYPE[format] };
  const folder = await project(name, { template: "bundle", replace });
  await BUILD[bundler](folder, format);
  await cp(join(folder, "index.html"), join(folder, "site", "index.html"));
  if (copied) await run("npx", ["--no-install", "liveness-capture", "assets", `site/${copied}`], { cwd: folder });
  return join(folder, "site");
}

const served = async (world, root) => world.static({ root }, async ({ url }) => assertVerdict(await world.check(url)));

const COMBINATIONS = ["esbuild", "Rollup"].flatMap((bundler) => ["esm", "iife"].map((format) => [bundler, format]));

export const plainBundlers = COMBINATIONS.flatMap(([bundler, format]) => [
  {
    name: `${bundler} (${format}), assetBase and the copy command`,
    prepare: () => bundle(bundler, format, "base", { options: `{ assetBase: "./liveness/" }`, copied: "liveness" }),
    run: served,
  },
  {
    name: `${bundler} (${format}), inline entry`,
    prepare: () => bundle(bundler, format, "inline", { entry: "liveness-capture/inline" }),
    run: served,
  },
  {
    name: `error: ${bundler} (${format}) without assetBase`,
    prepare: () => bundle(bundler, format, "bare"),
    async run(world, root) {
      // What is absent is answered with 404, or with the page.
      for (const fallback of [false, true]) {
        await world.static({ root, fallback }, async ({ url }) =>
          assertFailure(await world.check(url), {
            code: ["engine_file_missing", "engine_wrong_mime_type"],
            names: [/\.(wasm|js|bin)\b/],
            says: [/assetBase/, /liveness-capture assets/, /liveness-capture\/inline/],
          }),
        );
      }
    },
  },
]);
