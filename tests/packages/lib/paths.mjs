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
