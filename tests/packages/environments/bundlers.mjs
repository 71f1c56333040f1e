// Bundlers that follow the addresses in scripts: webpack, Next, Parcel.
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertVerdict } from "../lib/visit.mjs";
import { pressStart } from "./frameworks.mjs";

const webpackProgram = () => tool("webpack-cli", "bin/cli.js");
const webpackProject = (world) => project("webpack", { template: "webpack", replace: { GATEWAY: world.gateway } });

async function webpackBuild(world) {
  const folder = await webpackProject(world);
  await run("node", [await webpackProgram(), "--mode", "production"], { cwd: folder });
  return join(folder, "dist");
}

export const webpack = [
  {
    name: "webpack 5, build",
    prepare: webpackBuild,
    async run(world, root) {
      await world.static({ root }, async ({ url }) => assertVerdict(await world.check(url)));
      // Its addresses follow the script's.
      await world.static({ root, prefix: "/some/path/" }, async ({ url }) => assertVerdict(await world.check(url)));
    },
  },
  {
    name: "webpack 5, development",
    prepare: webpackProject,
    async run(world, folder) {
      const args = (port) => ["serve", "--mode", "development", "--host", "127.0.0.1", "--port", port];
      await world.dev(await webpackProgram(), args, { cwd: folder }, async ({ url }) => assertVerdict(await world.check(url)));
    },
  },
];

const nextProgram = () => tool("next", "dist/bin/next");

function next(bundler) {
  const begin = (world) => project(`next-${bundler}`, { template: "next", replace: { GATEWAY: world.gateway } });
  const serveNext = (kind, flags) => async (world, folder) => {
    const args = (port) => [kind, ...flags, "--hostname", "127.0.0.1", "--port", port];
    await world.dev(await nextProgram(), args, { cwd: folder }, async ({ url }) => {
      const page = await (await fetch(url)).text();
      if (!page.includes("Rendered on the server")) throw new Error(`no page from the server: ${page.slice(0, 300)}`);
      assertVerdict(await world.check(url, { timeout: 60_000 }));
      if (bundler === "webpack" && kind === "dev") return;
      // liveness-capture/react below a provider that the server has rendered. In development React says what does not fit.
      assert.match(await (await fetch(`${url}react`)).text(), /<liveness-check [^>]*model="mixed-10-v2"/);
      assertVerdict(await world.check(`${url}react`, { open: pressStart, timeout: 60_000 }));
    });
  };
  const build = {
    name: `Next 16 (${bundler}), build`,
    heavy: true,
    async prepare(world) {
      const folder = await begin(world);
      await run("node", [await nextProgram(), "build", `--${bundler}`], { cwd: folder });
      return folder;
    },
    run: serveNext("start", []),
  };
  const development = {
    name: `Next 16 (${bundler}), development`,
    heavy: true,
    // A folder of its own: one of Next's servers at a time is all a folder can have.
    async prepare(world) {
      const folder = await begin(world);
      const copy = `${folder}-dev`;
      await cp(folder, copy, { recursive: true, filter: (path) => !path.endsWith("/.next") });
      return copy;
    },
    run: serveNext("dev", [`--${bundler}`]),
  };
  return { build, development };
}

export const nextEnvironments = ["webpack", "turbopack"].map(next).flatMap(({ build, development }) => [build, development]);

const parcelProgram = () => tool("parcel", "lib/bin.js");
const parcelProject = (world) => project("parcel", { template: "web", replace: { GATEWAY: world.gateway } });
/** It must not install what it misses, and finds the package as it is. */
const PARCEL = ["index.html", "--no-autoinstall", "--no-cache"];

export const parcel = [
  {
    name: "Parcel 2, build",
    async prepare(world) {
      const folder = await parcelProject(world);
      await run("node", [await parcelProgram(), "build", ...PARCEL], { cwd: folder });
      return join(folder, "dist");
    },
    run: (world, root) => world.static({ root }, async ({ url }) => assertVerdict(await world.check(url))),
  },
  {
    name: "Parcel 2, development",
    prepare: parcelProject,
    async run(world, folder) {
      const args = (port) => ["serve", ...PARCEL, "--dist-dir", "dist-dev", "--host", "127.0.0.1", "--port", port, "--no-hmr"];
      await world.dev(await parcelProgram(), args, { cwd: folder }, async ({ url }) => assertVerdict(await world.check(url)));
    },
  },
];
