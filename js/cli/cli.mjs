#!/usr/bin/env node
// `npx liveness-capture assets FOLDER`: copies what a page fetches to a folder that is served.
import { cp, mkdir, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = `Usage: liveness-capture assets FOLDER

Copies the files that a check fetches (worker.js, *.wasm, the model) to FOLDER, which your server has to serve.
Then name its address: new LivenessCheck({ assetBase: "/ADDRESS/", ... }).`;

const [command, folder, ...rest] = process.argv.slice(2);
if (command === "--help" || command === "-h") {
  console.log(USAGE);
} else if (command !== "assets" || !folder || rest.length > 0) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const dist = fileURLToPath(new URL(".", import.meta.url));
  const isAsset = (name) => name === "worker.js" || /\.(wasm|bin)$/.test(name);
  const names = (await readdir(dist)).filter(isAsset).sort();
  try {
    await mkdir(folder, { recursive: true });
    for (const name of names) await cp(join(dist, name), join(folder, name));
    console.log(`${names.join(", ")} -> ${relative("", folder) || "."}`);
  } catch (error) {
    console.error(`liveness-capture: ${error.message}`);
    process.exitCode = 1;
  }
}
