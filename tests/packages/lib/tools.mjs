// The bundlers and checkers, all from one lock file, installed once.
import { existsSync } from "node:fs";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { TOOLS, workFolder } from "./paths.mjs";
import { run } from "./run.mjs";

let installed = null;

/** Installs the tools unless they are; returns the folder whose node_modules has them. */
export function tools() {
  installed ??= install();
  return installed;
}

async function install() {
  const folder = workFolder();
  const modules = join(folder, "node_modules");
  // npm writes it last.
  if (existsSync(join(modules, ".package-lock.json"))) return folder;
  for (const file of ["package.json", "package-lock.json"]) await copyFile(join(TOOLS, file), join(folder, file));
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
export async function tool(name, path) {
  return join(await tools(), "node_modules", name, path);
}
