// The sizes of files as a server would send them.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { cacheDir } from "../../e2e/lib/paths.mjs";

/** The size after brotli at its highest quality. Cached by content, since MediaPipe's module takes half a minute. */
export async function brotliSize(bytes) {
  const kept = join(cacheDir(), `brotli-11-${createHash("sha256").update(bytes).digest("hex")}`);
  const known = Number(await readFile(kept, "utf8").catch(() => ""));
  if (known > 0) return known;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const size = brotliCompressSync(bytes, { params }).length;
  await writeFile(kept, String(size));
  return size;
}

/** Whether one of the package's files belongs to detection: module and weights, not the scripts. */
export const isVision = (file) => file.endsWith(".bin") || /(^|\/)vision[^/]*\.wasm$/.test(file);

/** The reported sums, from lists of {file, brotli}. */
export function sums(ours, mediapipe) {
  const sum = (files) => files.reduce((total, { brotli }) => total + brotli, 0);
  const vision = sum(ours.filter(({ file }) => isVision(file)));
  return { vision, host: sum(ours) - vision, ratio: sum(ours) / sum(mediapipe) };
}
