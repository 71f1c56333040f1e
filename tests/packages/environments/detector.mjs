// A face detector of one's own, whose module comes from the package liveness-capture-onnx.
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MODEL_FILE } from "../../e2e/lib/paths.mjs";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertVerdict } from "../lib/visit.mjs";

const NAME = "a detector of one's own";

async function begin(world, version) {
  const folder = await project(`detector-vite${version}`, { template: "detector", replace: { GATEWAY: world.gateway }, onnx: true });
  await mkdir(join(folder, "public"), { recursive: true });
  await copyFile(MODEL_FILE.replace(/\.bin$/, ".onnx"), join(folder, "public", "face.onnx"));
  return folder;
}

export const detector = [
  {
    name: `${NAME}, Vite 8, build`,
    async prepare(world) {
      const folder = await begin(world, "8");
      await run("node", [await tool("vite8", "bin/vite.js"), "build"], { cwd: folder });
      return join(folder, "dist");
    },
    run: (world, root) => world.static({ root }, async ({ url }) => assertVerdict(await world.check(url))),
  },
  ...["7", "8"].map((version) => ({
    name: `${NAME}, Vite ${version}, development`,
    prepare: (world) => begin(world, version),
    async run(world, folder) {
      const args = (port) => ["--host", "127.0.0.1", "--strictPort", "--port", port];
      await world.dev(await tool(`vite${version}`, "bin/vite.js"), args, { cwd: folder }, async ({ url }) => assertVerdict(await world.check(url)));
    },
  })),
];
