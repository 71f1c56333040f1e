// Vite, by its default settings: development server and build.
import { join } from "node:path";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertVerdict } from "../lib/visit.mjs";

const VERSIONS = ["5", "6", "7", "8"];
const NEWEST = VERSIONS.at(-1);

const program = (version) => tool(`vite${version}`, "bin/vite.js");

/** A project as people begin one; in the newest Vite with the fewest lines that there can be. */
const begin = (world, version, options = {}) =>
  project(`vite${version}${options.layout ? `-${options.layout}` : ""}`, {
    template: version === NEWEST ? "newcomer" : "web",
    replace: { GATEWAY: world.gateway },
    ...options,
  });

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
  ...VERSIONS.flatMap((version) => [
    development(version, `Vite ${version}, development`),
    production(version, `Vite ${version}, build`),
  ]),
  ...["7", NEWEST].map((version) => development(version, `Vite ${version}, development, pnpm's layout`, { layout: "pnpm" })),
  production(NEWEST, "sub-path: Vite's base", { args: ["--base", "/some/path/"], out: "dist-base", served: { prefix: "/some/path/" } }),
  production(NEWEST, "sub-path: Vite's relative base", { args: ["--base", "./"], out: "dist-relative", served: { prefix: "/a/path/not/known/" } }),
];
