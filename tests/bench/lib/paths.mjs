// Where the bench finds what it loads. Everything can be overridden by the environment.
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { REPO } from "../../e2e/lib/paths.mjs";

const packageFolder = (name) => dirname(createRequire(import.meta.url).resolve(name));
const BENCH = resolve(dirname(fileURLToPath(import.meta.url)), "..");

export const PAGES = join(BENCH, "page");
export const DIST = process.env.LIVENESS_PKG_DIST ?? join(REPO, "pkg", "dist");
/** The same package with tract's stock operators; optional. */
export const STOCK_DIST = process.env.LIVENESS_STOCK_DIST ?? null;
export const MEDIAPIPE = packageFolder("@mediapipe/tasks-vision");
/** The file our own weights are converted from. */
export const MODEL = join(packageFolder("@mediapipe/face_detection/package.json"), "face_detection_short_range.tflite");
