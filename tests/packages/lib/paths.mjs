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

/** The folder with the lock file of a set of tools: of those that all share, or of one whose peers are others. */
export const toolSet = (set) => (set ? join(TOOLS, set) : TOOLS);

/** The folder that holds a set's node_modules, named after its lock file, so that it can be kept. */
export function workFolder(set = "") {
  const lock = join(toolSet(set), "package-lock.json");
  const hash = createHash("sha256").update(readFileSync(lock)).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), ["liveness-capture-packages", set, hash].filter(Boolean).join("-"));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A packed package: the one named in the environment, otherwise what `cargo xtask package` left. */
function packed(name, variable, manifest) {
  const named = process.env[variable];
  if (named) return resolve(named);
  const folder = join(REPO, "target", "package");
  const { version } = JSON.parse(readFileSync(join(REPO, manifest), "utf8"));
  const path = join(folder, `${name}-${version}.tgz`);
  if (!existsSync(path)) {
    const there = existsSync(folder) ? readdirSync(folder).join(", ") : "nothing";
    throw new Error(`${path} is missing (there is ${there}): run \`cargo xtask package\`, or set ${variable}`);
  }
  return path;
}

export const tarball = () => packed("liveness-capture", "LIVENESS_PACKAGE", "pkg/package.json");
/** The package of the module for detectors of one's own. */
export const onnxTarball = () => packed("liveness-capture-onnx", "LIVENESS_ONNX_PACKAGE", "pkg/onnx/package.json");
