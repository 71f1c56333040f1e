// Screenshots against committed ones. LIVENESS_GOLDENS=write replaces those.
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { E2E, RESULTS } from "./paths.mjs";

/** Pictures are compared by cells of this many pixels a side: other fonts, and other edges of letters, hardly count. */
const CELL = 8;
/** Levels by which a cell may differ, and the share of cells that may differ by more. */
const LEVELS = 40;
const SHARE = 0.06;
/** By how much the size may differ, in pixels: a line that is broken elsewhere. */
const PIXELS = 24;

/** Compares a screenshot (a PNG) with the committed one of this name; returns what is wrong, or nothing. */
export async function unlikeGolden(page, name, taken) {
  const path = join(E2E, "goldens", `${name}.png`);
  if (process.env.LIVENESS_GOLDENS === "write") {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, taken);
    return undefined;
  }
  if (!existsSync(path)) return `${name}: there is no golden`;
  const { sizes, share } = await compare(page, await readFile(path), taken);
  const [[width, height], [newWidth, newHeight]] = sizes;
  const resized = Math.abs(width - newWidth) > PIXELS || Math.abs(height - newHeight) > PIXELS;
  if (!resized && share <= SHARE) return undefined;
  const seen = join(RESULTS, "goldens", `${name}.png`);
  await mkdir(dirname(seen), { recursive: true });
  await writeFile(seen, taken);
  return `${name}: ${(100 * share).toFixed(1)} % of it differs, ${width} x ${height} is now ${newWidth} x ${newHeight}; see ${seen}`;
}

/** The browser decodes both. */
export function compare(page, one, other) {
  return page.evaluate(
    async ([texts, cell, levels]) => {
      const pictures = await Promise.all(texts.map((text) => createImageBitmap(new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))]))));
      const width = Math.floor(Math.min(...pictures.map((picture) => picture.width)) / cell);
      const height = Math.floor(Math.min(...pictures.map((picture) => picture.height)) / cell);
      const [a, b] = pictures.map((picture) => {
        const canvas = new OffscreenCanvas(width * cell, height * cell);
        const paint = canvas.getContext("2d");
        paint.drawImage(picture, 0, 0);
        return paint.getImageData(0, 0, canvas.width, canvas.height).data;
      });
      let differing = 0;
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          const sums = [0, 0, 0];
          for (let inner = 0; inner < cell * cell; inner += 1) {
            const at = ((y * cell + Math.floor(inner / cell)) * width * cell + x * cell + (inner % cell)) * 4;
            for (const channel of [0, 1, 2]) sums[channel] += a[at + channel] - b[at + channel];
          }
          if (sums.some((sum) => Math.abs(sum) > levels * cell * cell)) differing += 1;
        }
      }
      return { sizes: pictures.map((picture) => [picture.width, picture.height]), share: differing / (width * height) };
    },
    [[one, other].map((bytes) => Buffer.from(bytes).toString("base64")), CELL, LEVELS],
  );
}
