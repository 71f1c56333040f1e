// Where the package matrix works: outside the repository, whose own node_modules and workspaces no project may find.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { REPO } from "../../e2e/lib/paths.mjs";

export const PACKAGES = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const TEMPLATES = join(PACKAGES, "templates");
export const TOOLS = join(PACKAGES, "tools");
const LOCK = join(TOOLS, "package-lock.json");

/** The folder that holds the tools' node_modules, named after their lock file, so that it can be kept. */
export function workFolder() {
  const hash = createHash("sha256").update(readFileSync(LOCK)).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `liveness-capture-packages-${hash}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The packed package: the one named in the environment, otherwise what `cargo xtask package` left. */
export function tarball() {
  const named = process.env.LIVENESS_PACKAGE;
  if (named) return resolve(named);
  const folder = join(REPO, "target", "package");
  const { version } = JSON.parse(readFileSync(join(REPO, "pkg", "package.json"), "utf8"));
  const path = join(folder, `liveness-capture-${version}.tgz`);
  if (!existsSync(path)) {
    const there = existsSync(folder) ? readdirSync(folder).join(", ") : "nothing";
    throw new Error(`${path} is missing (there is ${there}): run \`cargo xtask package\`, or set LIVENESS_PACKAGE`);
  }
  return path;
}
