// Screenshots against committed ones. LIVENESS_GOLDENS=write replaces those.
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { E2E, RESULTS } from "./paths.mjs";
import { decodePng } from "./png.mjs";

/** A sample is the mean of this many pixels a side. */
const SAMPLE = 2;
/** Differences are those of the means of so many samples a side, which hardly depend on how a letter's edges are drawn. */
const BLUR = 5;
/** They are counted over so many of these a side: an arrow's stroke fills that, one letter that has moved a little does not. */
const AREA = 4;
/**
 * Levels of 255 by which two pictures of the same may differ where they differ most. The same letters in whole pixels instead of
 * parts of them are 15, another font without other line breaks 21, an arrow that is not there 32, the two most alike
 * states 31.
 */
export const LIMIT = 22;
/** By how much a side may differ, in pixels: one heading in another font. */
const PIXELS = 6;

/** A picture (a PNG) as it is compared. */
function sampled(png) {
  const { width, height, pixels } = decodePng(png);
  const [columns, rows] = [width, height].map((side) => Math.floor(side / SAMPLE));
  const levels = new Float32Array(3 * columns * rows);
  for (let y = 0; y < rows * SAMPLE; y += 1) {
    for (let x = 0; x < columns * SAMPLE; x += 1) {
      const at = Math.floor(y / SAMPLE) * columns + Math.floor(x / SAMPLE);
      for (const channel of [0, 1, 2]) levels[3 * at + channel] += pixels[3 * (y * width + x) + channel] / SAMPLE ** 2;
    }
  }
  return { width, height, columns, rows, levels };
}

/** The means of all squares of so many values a side. */
function means({ columns, rows, values }, side) {
  const sums = new Float64Array((columns + 1) * (rows + 1));
  for (let y = 0; y < rows; y += 1) {
    let row = 0;
    for (let x = 0; x < columns; x += 1) {
      row += values[y * columns + x];
      sums[(y + 1) * (columns + 1) + x + 1] = sums[y * (columns + 1) + x + 1] + row;
    }
  }
  const made = { columns: columns - side + 1, rows: rows - side + 1 };
  made.values = new Float32Array(made.columns * made.rows);
  const sum = (x, y) => sums[y * (columns + 1) + x];
  for (let y = 0; y < made.rows; y += 1) {
    for (let x = 0; x < made.columns; x += 1) {
      made.values[y * made.columns + x] = (sum(x + side, y + side) - sum(x, y + side) - sum(x + side, y) + sum(x, y)) / side ** 2;
    }
  }
  return made;
}

/** By how many levels two pictures differ where they differ most; infinitely, if their sizes do. */
function difference(one, other) {
  if (["width", "height"].some((side) => Math.abs(one[side] - other[side]) > PIXELS)) return Infinity;
  const [columns, rows] = ["columns", "rows"].map((side) => Math.min(one[side], other[side]));
  let total;
  for (const channel of [0, 1, 2]) {
    const values = new Float32Array(columns * rows);
    for (let at = 0; at < values.length; at += 1) {
      const [x, y] = [at % columns, Math.floor(at / columns)];
      const level = ({ columns: width, levels }) => levels[3 * (y * width + x) + channel];
      values[at] = level(one) - level(other);
    }
    const blurred = means({ columns, rows, values }, BLUR);
    total ??= { ...blurred, values: new Float32Array(blurred.values.length) };
    blurred.values.forEach((value, at) => (total.values[at] += Math.abs(value) / 3));
  }
  return means(total, AREA).values.reduce((most, value) => Math.max(most, value), 0);
}

const folderOf = (set) => join(E2E, "goldens", set);

async function goldens(set) {
  const names = existsSync(folderOf(set)) ? (await readdir(folderOf(set))).sort() : [];
  return new Map(await Promise.all(names.map(async (name) => [name.replace(/\.png$/, ""), sampled(await readFile(join(folderOf(set), name)))])));
}

/**
 * Compares a set of screenshots, PNGs by their names, with the committed set: each has to be like its own, and more
 * like that than like any other. Returns what is wrong.
 */
export async function unlikeGoldens(set, shots) {
  if (process.env.LIVENESS_GOLDENS === "write") {
    await rm(folderOf(set), { recursive: true, force: true });
    await mkdir(folderOf(set), { recursive: true });
    for (const [name, png] of shots) await writeFile(join(folderOf(set), `${name}.png`), png);
  }
  const committed = await goldens(set);
  const faults = [...committed.keys()].filter((name) => !shots.has(name)).map((name) => `${set}/${name}: a golden of nothing`);
  for (const [name, png] of shots) {
    const own = committed.get(name);
    const shot = sampled(png);
    const levels = own ? difference(shot, own) : Infinity;
    // What is next to its own picture is next to no other: they are far from each other.
    const nearer = levels < LIMIT / 2 ? undefined : [...committed].find(([other, golden]) => other !== name && difference(shot, golden) <= levels);
    if (levels <= LIMIT && !nearer) continue;
    const seen = join(RESULTS, "goldens", set, `${name}.png`);
    await mkdir(join(RESULTS, "goldens", set), { recursive: true });
    await writeFile(seen, png);
    const what = own ? `differs by ${levels.toFixed(1)} levels of at most ${LIMIT}` : "has no golden";
    faults.push(`${set}/${name} ${what}${nearer ? `, and looks more like ${nearer[0]}` : ""}; see ${seen}`);
  }
  return faults;
}

/** The two pictures of a committed set that are most alike: by how much they differ, and their names. */
export async function mostAlike(set) {
  const pictures = [...(await goldens(set))];
  const pairs = pictures.flatMap(([one, picture], at) => pictures.slice(0, at).map(([other, second]) => [difference(picture, second), one, other]));
  return pairs.reduce((least, pair) => (pair[0] < least[0] ? pair : least));
}
