// The same picture gives the same faces in whatever form the browser hands it over.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { before, describe, test } from "node:test";
import { faceVideo } from "./lib/drawn_face.mjs";
import { E2E, FOOTAGE, footageMissing } from "./lib/paths.mjs";
import { decodePng } from "./lib/png.mjs";
import { suite } from "./lib/suite.mjs";

/**
 * How far two forms may differ. RGBA gives the same pixels by any path, so only the order of sums may make a
 * difference. In 4:2:0, four pixels share their colour and values are rounded: seen were 0.8 % of the face's size,
 * 0.006 of the score and 0.6 levels of colour at most. A wrong matrix shifts colours by 3 levels, a wrong range
 * or a shifted plane by far more.
 */
const EXACT = { box: 1e-4, score: 1e-4, colour: 0.02 };
const SUBSAMPLED = { box: 0.02, score: 0.02, colour: 1.5 };
const EXACT_FORMS = ["ImageBitmap", "RGBA frame", "BGRA frame", "frame of a canvas", "RGBA frame on its side"];
const FORMATS = [
  ...EXACT_FORMS,
  ...["I420, BT.601", "I420, BT.601, full range", "I420, BT.709", "I420, BT.709, part of a larger frame"],
  ...["NV12, BT.601", "NV12, BT.709", "NV12, BT.709, full range"],
];
const WRONG = ["BT.709 that says BT.601", "BT.601 that says BT.709"];
const TYPES = { ".png": "image/png", ".jpg": "image/jpeg" };

const PICTURES = [
  ["a drawn face", null, 1],
  ["an astronaut", "images/face_01_astronaut.png", 1],
  ["two people", "images/face_10_two_people.jpg", 2],
  ["nobody", "images/none_03_rocket.jpg", 0],
];

describe("pixel formats", () => {
  const world = suite();
  let drawn;
  before(() => (drawn = faceVideo()(0)));

  async function open(file) {
    const scripts = await readFile(join(E2E, "lib", "page_formats.mjs"));
    const picture = file ? await readFile(join(FOOTAGE, file)) : drawn;
    const type = file ? TYPES[extname(file)] : "application/octet-stream";
    const serve = (name, contentType, body) => ({ path }) =>
      path === name ? { status: 200, headers: { "content-type": contentType }, body } : undefined;
    const echo = ({ path, body }) =>
      path === "/kept.png" ? { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ png: body.toString("base64") }) } : undefined;
    world.proxy.rules.push(serve("/formats.js", "text/javascript", scripts), serve("/picture", type, picture), echo);
    return (await world.visit()).page;
  }

  /** What the worker finds in the picture in this form. */
  const analyse = (page, form) =>
    page.evaluate(async (name) => {
      const { FORMATS, WRONG, analyse, load } = await import("/formats.js");
      globalThis.__picture ??= await load("/picture");
      return analyse(globalThis.__picture, { ...FORMATS, ...WRONG }[name]);
    }, form);

  /** The largest differences between two answers, in the units of the limits above. */
  function difference(one, other) {
    assert.equal(other.faces.length, one.faces.length, "faces found");
    // Two faces of nearly the same score may come in either order.
    const byPlace = ({ faces }) => [...faces].sort((a, b) => a[1] - b[1]);
    const [left, right] = [byPlace(one), byPlace(other)];
    const found = { box: 0, score: 0, colour: 0 };
    left.forEach((face, i) => {
      const size = Math.max(face[3], face[4]);
      face.forEach((value, k) => {
        const off = Math.abs(value - right[i][k]);
        if (k === 0) found.score = Math.max(found.score, off);
        else found.box = Math.max(found.box, off / size);
      });
    });
    if (one.crop && other.crop && left.length === 1) found.colour = colourDifference(one.crop, other.crop);
    return found;
  }

  const assertWithin = (found, limits) => {
    for (const [name, limit] of Object.entries(limits)) assert.ok(found[name] <= limit, `${name} differs by ${found[name]}, more than ${limit}`);
  };

  for (const [what, file, count] of PICTURES) {
    test(`${what}: every form gives the same`, { skip: file ? footageMissing(file) : false }, async (t) => {
      const page = await open(file);
      const rotation = await page.evaluate(async () => (await import("/formats.js")).hasRotation());
      const reference = await analyse(page, "canvas");
      assert.equal(reference.faces.length, count);
      for (const form of FORMATS) {
        if (form === "RGBA frame on its side" && !rotation) {
          lacking(t, form);
          continue;
        }
        const answer = await analyse(page, form);
        assert.deepEqual([answer.width, answer.height], [reference.width, reference.height], form);
        const found = difference(reference, answer);
        t.diagnostic(`${form}: box ${(found.box * 100).toFixed(3)} %, score ${found.score.toFixed(4)}, colour ${found.colour.toFixed(2)}`);
        assertWithin(found, EXACT_FORMS.includes(form) ? EXACT : SUBSAMPLED);
      }
    });
  }

  for (const form of ["pixels that are not square", "BT.2020", "BT.2020, ten bits", "on its side"]) {
    test(`the crop is what the preview shows: ${form}`, async (t) => {
      const page = await open(null);
      const [shown, answer] = await page.evaluate(async (name) => {
        const { analyse, load, made, shownPixels } = await import("/formats.js");
        const picture = await load("/picture");
        if (!made(name, picture)) return [];
        const frame = () => made(name, picture);
        return [await analyse(picture, () => shownPixels(frame())), await analyse(picture, () => ((made) => [made, made])(frame()))];
      }, form);
      if (!shown) return lacking(t, form);
      assert.equal(shown.faces.length, 1);
      assert.deepEqual([answer.width, answer.height], [shown.width, shown.height]);
      const found = difference(shown, answer);
      t.diagnostic(`box ${(found.box * 100).toFixed(3)} %, score ${found.score.toFixed(4)}, colour ${found.colour.toFixed(2)}`);
      assertWithin(found, SUBSAMPLED);
    });
  }

  test("a wrong matrix would be detected", async (t) => {
    const page = await open(null);
    const reference = await analyse(page, "canvas");
    for (const form of WRONG) {
      const found = difference(reference, await analyse(page, form));
      t.diagnostic(`${form}: colour ${found.colour.toFixed(2)}`);
      assert.ok(found.colour > 1.3 * SUBSAMPLED.colour, `${form}: colours differ by only ${found.colour}`);
    }
  });
});

/** Says that this browser has no such frames; that of CI has all of them. */
function lacking(t, form) {
  assert.ok(!process.env.CI, `${form}: not supported by this browser`);
  t.diagnostic(`${form}: not supported by this browser`);
}

/** The largest difference of a channel's mean over the middle of two crops, where the face is; 0 to 255. */
function colourDifference(one, other) {
  const means = [one, other].map((text) => {
    const { width, height, pixels } = decodePng(Buffer.from(text, "base64"));
    const sums = [0, 0, 0];
    let count = 0;
    for (let y = Math.floor(height / 3); y < (2 * height) / 3; y++) {
      for (let x = Math.floor(width / 3); x < (2 * width) / 3; x++, count++) {
        for (let c = 0; c < 3; c++) sums[c] += pixels[(y * width + x) * 3 + c];
      }
    }
    return sums.map((sum) => sum / count);
  });
  return Math.max(...means[0].map((mean, c) => Math.abs(mean - means[1][c])));
}
