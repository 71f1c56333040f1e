// Fresh projects with the packed package installed, as somebody's own project would have it.
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TEMPLATES, onnxTarball, tarball } from "./paths.mjs";
import { run } from "./run.mjs";
import { tools } from "./tools.mjs";

/** Text files in which `__NAME__` is replaced. */
const TEXT = /\.(html|m?js|jsx|ts|tsx|vue|svelte|json)$/;

const made = new Map();
const foldersOfRun = new Map();

/** This run's own folder beside a set's node_modules, so that two runs at once do not meet. */
function runFolder(set) {
  if (!foldersOfRun.has(set)) foldersOfRun.set(set, tools(set).then((folder) => mkdtemp(join(folder, "run-"))));
  return foldersOfRun.get(set);
}

/** Removes all projects; with LIVENESS_KEEP_PROJECTS they stay, to be looked at. */
export async function removeProjects() {
  for (const made of foldersOfRun.values()) {
    const folder = await made.catch(() => null);
    if (!folder) continue;
    if (process.env.LIVENESS_KEEP_PROJECTS) console.log(`projects kept in ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A project `name` from the templates' folder `template`, with the package installed; made once. Each `__KEY__` in
 * its files becomes the value of `replace`. Its tools are found in the node_modules of a folder above, like those
 * of a workspace; the package is in its own, in the way of `layout`: "npm",
 * "pnpm" (behind a link), or "workspace" (hoisted to the folder of a workspace that the project is a part of).
 * `onnx` installs liveness-capture-onnx, too. `set` names the set of tools that the project finds, if not the usual one.
 */
export function project(name, { template, replace = {}, layout = "npm", onnx = false, set = "" }) {
  if (!made.has(name)) made.set(name, make(name, { template, replace, layout, onnx, set }));
  return made.get(name);
}

async function make(name, { template, replace, layout, onnx, set }) {
  const home = join(await runFolder(set), name);
  const folder = layout === "workspace" ? join(home, "apps", "shop") : home;
  await mkdir(folder, { recursive: true });
  for (const source of [template, "common"]) await cp(join(TEMPLATES, source), folder, { recursive: true });
  await fill(folder, replace);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  if (layout === "workspace") {
    await writeFile(join(home, "package.json"), JSON.stringify({ name: `${name}-root`, private: true, workspaces: ["apps/*"] }));
  }
  // Offline: it has no dependencies, and would not install if it had.
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball(), ...(onnx ? [onnxTarball()] : [])], { cwd: home });
  if (layout === "pnpm") await likePnpm(folder);
  return folder;
}

/** Moves the package to where pnpm keeps it, with a link in its place. */
async function likePnpm(folder) {
  const store = join(folder, "node_modules", ".pnpm", "liveness-capture@0.1.0", "node_modules");
  await mkdir(store, { recursive: true });
  await rename(installed(folder), join(store, "liveness-capture"));
  await symlink(join(store, "liveness-capture"), installed(folder), "dir");
}

async function fill(folder, replace) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !TEXT.test(entry.name)) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const text = await readFile(path, "utf8");
    const filled = text.replace(/__([A-Z]+)__/g, (whole, key) => replace[key] ?? whole);
    if (filled !== text) await writeFile(path, filled);
  }
}

/** The installed package's folder in a project. */
export const installed = (folder) => join(folder, "node_modules", "liveness-capture");

/** The file behind one of the package's entries, such as `.` or `./inline`, relative to the package's folder. */
export async function entryFile(folder, entry = ".") {
  const { exports } = JSON.parse(await readFile(join(installed(folder), "package.json"), "utf8"));
  const target = exports[entry];
  const file = typeof target === "string" ? target : target?.default ?? target?.import;
  if (!file) throw new Error(`package.json exports no "${entry}"`);
  return file.replace(/^\.\//, "");
}
