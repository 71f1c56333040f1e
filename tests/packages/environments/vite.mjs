// Vite, by its default settings: development server and build.
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TEMPLATES } from "../lib/paths.mjs";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertFailure, assertVerdict } from "../lib/visit.mjs";

const VERSIONS = ["5", "6", "7", "8"];
const NEWEST = VERSIONS.at(-1);

/** How many lines a newcomer writes. */
const LINES = readFileSync(join(TEMPLATES, "newcomer", "main.js"), "utf8").trim().split("\n").length;
const NEWCOMER = `1 install, ${LINES} lines, no setting`;

const program = (version) => tool(`vite${version}`, "bin/vite.js");

/** A project as people begin one; in the newest Vite with the fewest lines that there can be. */
async function begin(world, version, { cacheDir, ...options } = {}) {
  const about = [options.layout, cacheDir?.replace(/\W+/g, "-")].filter(Boolean);
  const folder = await project([`vite${version}`, ...about].join("-"), {
    template: version === NEWEST ? "newcomer" : "web",
    replace: { GATEWAY: world.gateway },
    ...options,
  });
  if (cacheDir) await writeFile(join(folder, "vite.config.js"), `export default ${JSON.stringify({ cacheDir })};`);
  return folder;
}

function development(version, name, options = {}) {
  return {
    name,
    prepare: (world) => begin(world, version, options),
    async run(world, folder) {
      const args = (port) => ["--host", "127.0.0.1", "--strictPort", "--port", port];
      await world.dev(await program(version), args, { cwd: folder }, async ({ url }) => assertVerdict(await world.check(url)));
    },
  };
}

function production(version, name, { args = [], out = "dist", served = {} } = {}) {
  return {
    name,
    async prepare(world) {
      const folder = await begin(world, version);
      await run("node", [await program(version), "build", "--outDir", out, ...args], { cwd: folder });
      return join(folder, out);
    },
    run: (world, root) => world.static({ root, ...served }, async ({ url }) => assertVerdict(await world.check(url))),
  };
}

export const vite = [
  ...VERSIONS.flatMap((version) => {
    const newcomer = version === NEWEST ? `: ${NEWCOMER}` : "";
    return [development(version, `Vite ${version}, development${newcomer}`), production(version, `Vite ${version}, build${newcomer}`)];
  }),
  {
    name: "a newcomer needs 3 lines and no settings file",
    prepare: (world) => begin(world, NEWEST),
    async run(_world, folder) {
      if (LINES > 3) throw new Error(`templates/newcomer/main.js has ${LINES} lines`);
      const settings = ["js", "mjs", "ts"].map((ending) => `vite.config.${ending}`).filter((file) => existsSync(join(folder, file)));
      if (settings.length > 0) throw new Error(`it has ${settings}`);
    },
  },
  ...["7", NEWEST].map((version) => development(version, `Vite ${version}, development, pnpm's layout`, { layout: "pnpm" })),
  development(NEWEST, `Vite ${NEWEST}, development, workspace`, { layout: "workspace" }),
  // Nuxt's and Nx's.
  ...["node_modules/.cache/vite/client", "node_modules/.vite/apps/shop"].map((cacheDir) =>
    development("7", `Vite 7, development, cache in ${cacheDir}`, { cacheDir }),
  ),
  {
    // Vite before 8 moves the package's script away from its files, and in a workspace nobody can tell from where.
    name: "error: Vite 7, development, workspace",
    prepare: (world) => begin(world, "7", { layout: "workspace" }),
    async run(world, folder) {
      const args = (port) => ["--host", "127.0.0.1", "--strictPort", "--port", port];
      await world.dev(await program("7"), args, { cwd: folder }, async ({ url }) => {
        const done = await world.check(url);
        if (done.result.verdict) return assertVerdict(done);
        assertFailure(done, { code: "engine_file_missing", says: [/optimizeDeps|assetBase/] });
      });
    },
  },
  production(NEWEST, `Vite ${NEWEST}, build with every file in the script`, { args: ["--assetsInlineLimit", "9000000"], out: "dist-inlined" }),
  production(NEWEST, "sub-path: Vite's base", { args: ["--base", "/some/path/"], out: "dist-base", served: { prefix: "/some/path/" } }),
  production(NEWEST, "sub-path: Vite's relative base", { args: ["--base", "./"], out: "dist-relative", served: { prefix: "/a/path/not/known/" } }),
];
