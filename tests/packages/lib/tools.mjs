// The bundlers and checkers, each set of them from one lock file, installed once.
import { existsSync } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { toolSet, workFolder } from "./paths.mjs";
import { run } from "./run.mjs";

const installed = new Map();

/** Installs a set of tools unless it is installed; returns the folder whose node_modules has them. */
export function tools(set = "") {
  if (!installed.has(set)) installed.set(set, install(set));
  return installed.get(set);
}

async function install(set) {
  const folder = workFolder(set);
  const modules = join(folder, "node_modules");
  // npm writes it last.
  if (existsSync(join(modules, ".package-lock.json"))) return folder;
  for (const file of ["package.json", "package-lock.json"]) await copyFile(join(toolSet(set), file), join(folder, file));
  try {
    // No script of theirs is needed: the native parts come as packages.
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, timeout: 600_000 });
  } catch (error) {
    await rm(modules, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

/** The path of a tool's file, such as `tool("vite8", "bin/vite.js")`. */
export async function tool(name, path, set = "") {
  return join(await tools(set), "node_modules", name, path);
}
