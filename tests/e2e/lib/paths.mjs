// Where things are. Everything can be overridden by the environment.
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const E2E = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const REPO = resolve(E2E, "..", "..");
export const RESULTS = join(E2E, "results");
export const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const SHELL = "/usr/bin/chromium-headless-shell";
/** Chromium without what shows windows, where it is installed: it takes a third of the processor's time. */
export const HEADLESS = process.env.HEADLESS_PATH ?? (existsSync(SHELL) ? SHELL : CHROMIUM);
export const STATIC_DIR = process.env.LIVENESS_STATIC_DIR ?? join(REPO, "www", "dist");
export const MODEL_FILE = process.env.LIVENESS_MODEL_FILE ?? join(REPO, "target", "models", "blazeface_short_range.bin");
export const FOOTAGE = process.env.LIVENESS_TESTDATA ?? resolve(REPO, "..", "shared", "testdata");

/** The gateway's binary: the one named in the environment, otherwise a built one. */
export function gatewayBinary() {
  const named = process.env.LIVENESS_GATEWAY;
  const target = process.env.CARGO_TARGET_DIR ?? join(REPO, "target");
  const candidates = named ? [named] : ["release", "debug"].map((profile) => join(target, profile, "liveness-gateway"));
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new Error(`no gateway binary at ${candidates.join(" or ")}: build it, or set LIVENESS_GATEWAY`);
  return found;
}

/** A folder outside the repository for what is made once and reused. */
export function cacheDir() {
  const path = join(tmpdir(), "liveness-capture-e2e");
  mkdirSync(path, { recursive: true });
  return path;
}

/**
 * The `skip` option of a test that needs footage from outside the repository: the reason if it is absent,
 * `false` if it is present. Under CI it must be present.
 */
export function footageMissing(...names) {
  const absent = names.filter((name) => !existsSync(join(FOOTAGE, name)));
  if (absent.length === 0) return false;
  const reason = `footage absent: ${absent.join(", ")} (looked in ${FOOTAGE})`;
  if (process.env.CI === "true") throw new Error(reason);
  return reason;
}
