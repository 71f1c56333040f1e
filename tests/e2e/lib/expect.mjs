// Assertions that several files share.
import assert from "node:assert/strict";
import { decodePng } from "./png.mjs";
import { cropIndex } from "./proxy.mjs";

const SIDE = 224;
/** The face is a third of the crop's side, within 15 % of that. */
const FACE = { least: (1 / 3) * 0.85, most: (1 / 3) * 1.15 };

/** Asserts a visit without third parties, policy violations, page errors or console errors, and with no camera or worker left on. */
export async function assertClean(visit, { consoleErrors = [] } = {}) {
  assert.deepEqual(visit.foreignRequests(), [], "requests to another origin");
  assert.deepEqual(await visit.violations(), [], "policy violations");
  assert.deepEqual(visit.pageErrors, [], "uncaught errors");
  const unexpected = visit.consoleErrors.filter((text) => !consoleErrors.some((allowed) => allowed.test(text)));
  assert.deepEqual(unexpected, [], "console errors");
  assert.equal(await visit.liveTracks(), 0, "live camera tracks");
  assert.equal(await visit.liveWorkers(), 0, "live workers");
}

/** Asserts exactly the crops 0..count-1, each accepted once, each a 224x224 RGB PNG. Returns their bytes in order. */
export function assertCrops(crops, count) {
  assert.deepEqual(crops.map(cropIndex).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i), "indices uploaded");
  const sessions = new Set(crops.map(({ path }) => path.split("/")[4]));
  assert.equal(sessions.size, 1, "crops must belong to one session");
  const ordered = [...crops].sort((a, b) => cropIndex(a) - cropIndex(b));
  for (const crop of ordered) {
    assert.ok([200, 201].includes(crop.status), `crop ${cropIndex(crop)} answered with ${crop.status}`);
    assert.equal(crop.headers["content-type"], "image/png");
    assertCropPng(crop.body);
  }
  return ordered.map(({ body }) => body);
}

/** Asserts a 224x224 8-bit RGB PNG that is not blank. */
export function assertCropPng(body) {
  const { width, height, pixels } = decodePng(body);
  assert.deepEqual([width, height], [SIDE, SIDE]);
  let [least, most] = [255, 0];
  for (const value of pixels) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  assert.ok(most - least > 60, `a picture without contrast: ${least} to ${most}`);
}

/** Asserts that the independent detector finds one face in each picture, a third of its side and centred. */
export async function assertFaceScale(detector, pngs) {
  const sizes = [];
  for (const [index, png] of pngs.entries()) {
    const faces = await detector.detect(png);
    assert.equal(faces.length, 1, `faces in crop ${index}`);
    const [{ width, height, xCenter, yCenter }] = faces;
    const size = Math.max(width, height);
    assert.ok(size >= FACE.least && size <= FACE.most, `crop ${index}: the face is ${size.toFixed(3)} of the side`);
    for (const centre of [xCenter, yCenter]) {
      assert.ok(Math.abs(centre - 0.5) < 0.06, `crop ${index}: the face's centre is at ${xCenter.toFixed(3)}, ${yCenter.toFixed(3)}`);
    }
    sizes.push(size);
  }
  return sizes;
}

/** Asserts that #app shows a verdict, its score and its session, and that they agree. */
export function assertVerdict(app) {
  assert.equal(app.state, "done", `ended ${app.state} with ${app.error}`);
  assert.match(app.verdict, /^(live|fake|inconclusive)$/);
  assert.ok(Number(app.score) >= 0 && Number(app.score) <= 100, `score ${app.score}`);
  assert.match(app.session, /^[0-9a-f-]{36}$/);
  assert.equal(app.progress, "1");
  assert.equal(app.error, "");
}
