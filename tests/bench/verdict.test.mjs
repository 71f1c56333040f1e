import assert from "node:assert/strict";
import { test } from "node:test";
import { STEPS, verdictFigures, verdictRound } from "./lib/verdict.mjs";

const REQUIRED = 3;
/** A check of three pictures as its page sees it; the pictures' timestamps are on another clock. */
const CHANGES = [
  { at: 1001, state: "requesting-camera", taken: 0, required: 0, uploaded: 0 },
  { at: 1180, state: "loading", taken: 0, required: 0, uploaded: 0 },
  { at: 1185, state: "positioning", taken: 0, required: 0, uploaded: 0 },
  { at: 1230, state: "positioning", taken: 0, required: REQUIRED, uploaded: 0 },
  { at: 1300, state: "capturing", taken: 1, required: REQUIRED, uploaded: 0 },
  { at: 1400, state: "capturing", taken: 2, required: REQUIRED, uploaded: 1 },
  { at: 1504, state: "capturing", taken: 3, required: REQUIRED, uploaded: 2 },
  { at: 1530, state: "uploading", taken: 3, required: REQUIRED, uploaded: 2 },
  { at: 1550, state: "verifying", taken: 3, required: REQUIRED, uploaded: 3 },
  { at: 1750, state: "done", taken: 3, required: REQUIRED, uploaded: 3 },
];
const CHECK = { start: 1000, camera: 1120, shown: 1780, changes: CHANGES, verdict: "live", processing: 190 };

const exchange = (method, tail, at, took, more = {}) => ({ method, path: `/api/v1/sessions${tail}`, at, answeredAt: at + took, status: 200, body: null, ...more });
const complete = (timestamps_ms, more = {}) => exchange("POST", "/s/complete", 300, 195, { body: JSON.stringify({ timestamps_ms }), ...more });
const EXCHANGES = [
  exchange("POST", "", 0, 4),
  exchange("PUT", "/s/crops/0", 80, 5),
  exchange("PUT", "/s/crops/1", 180, 7),
  exchange("PUT", "/s/crops/2", 285, 9),
  complete([0, 100, 201]),
];

test("the capture's span is subtracted: last timestamp less first, plus one interval", () => {
  const round = verdictRound(CHECK, EXCHANGES);
  assert.equal(round.span, 301);
  assert.equal(round.total, 780);
  assert.equal(round.overhead, 479);
  // The first timestamp need not be zero.
  assert.equal(verdictRound(CHECK, [...EXCHANGES.slice(0, -1), complete([500, 600, 701])]).span, 301);
});

test("each step lasts from the end of the one before it", () => {
  const { steps } = verdictRound(CHECK, EXCHANGES);
  assert.deepEqual(steps, { camera: 120, preview: 60, engine: 5, positioning: 115, capture: 204 - 301, crops: 46, verdict: 200, paint: 30 });
});

const sum = (values) => Object.values(values).reduce((total, value) => total + value, 0);

test("the steps add up to the overhead, whatever happened", () => {
  const broken = [...CHANGES.slice(0, 6), { at: 1450, state: "positioning", taken: 0, required: 0, uploaded: 0 }, ...later(CHANGES.slice(3), 1000)];
  const withoutLoading = CHANGES.filter(({ state }) => state !== "loading");
  for (const changes of [CHANGES, withoutLoading, broken]) {
    const round = verdictRound({ ...CHECK, shown: changes.at(-1).at + 30, changes }, EXCHANGES);
    assert.ok(Math.abs(sum(round.steps) - round.overhead) < 1e-9);
    assert.deepEqual(Object.keys(round.steps), Object.keys(STEPS));
  }
});

const later = (changes, by) => changes.map((change) => ({ ...change, at: change.at + by }));

test("after a broken run the last one counts, and everything before it is positioning", () => {
  const again = later(CHANGES.slice(4), 1000);
  const between = { at: 1450, state: "positioning", taken: 0, required: 0, uploaded: 0 };
  // A run may also begin in the same change that drops the previous one.
  for (const pause of [[between], []]) {
    const changes = [...CHANGES.slice(0, 6), ...pause, ...again];
    const round = verdictRound({ ...CHECK, shown: 2780, changes }, EXCHANGES);
    assert.equal(round.restarts, 1);
    assert.equal(round.steps.positioning, 2300 - 1185);
    assert.equal(round.steps.capture, 204 - 301);
    assert.equal(round.overhead, 1479);
  }
  assert.equal(verdictRound(CHECK, EXCHANGES).restarts, 0);
});

test("one change may end several steps", () => {
  const changes = [CHANGES[0], CHANGES[2], { ...CHANGES[4], taken: 1, required: 1 }, { ...CHANGES[8], taken: 1, required: 1, uploaded: 1 }, { ...CHANGES[9], taken: 1, required: 1, uploaded: 1 }];
  const { steps } = verdictRound({ ...CHECK, changes }, [...EXCHANGES.slice(0, -1), complete([0, 100])]);
  assert.deepEqual([steps.preview, steps.engine], [65, 0]);
  assert.equal(steps.capture, -200);
});

test("requests are reported by kind, without those that were never answered", () => {
  const lost = { ...exchange("PUT", "/s/crops/2", 290, 0), status: null, answeredAt: null };
  const { requests } = verdictRound(CHECK, [...EXCHANGES.slice(0, 4), lost, EXCHANGES[4]]);
  assert.deepEqual(requests, { open: 4, crop: 7, last_crop: 9, complete: 195 });
});

test("the report in the answered request counts", () => {
  const refused = complete([0, 100, 900], { status: 409 });
  assert.equal(verdictRound(CHECK, [...EXCHANGES, refused]).span, 301);
});

test("missing data is an error, not a time", () => {
  const without = (test) => ({ ...CHECK, changes: CHANGES.filter((change) => !test(change)) });
  const faults = [
    [{ ...CHECK, camera: null }, EXCHANGES, /did not ask for the camera/],
    [without(({ taken }) => taken > 0), EXCHANGES, /do not show a picture/],
    [without(({ taken }) => taken === REQUIRED), EXCHANGES, /do not show the last picture/],
    [without(({ uploaded }) => uploaded === REQUIRED), EXCHANGES, /do not show all crops acknowledged/],
    [without(({ state }) => state === "done"), EXCHANGES, /do not show a verdict/],
    [CHECK, EXCHANGES.slice(0, -1), /no request for the verdict/],
    [CHECK, EXCHANGES.slice(1), /no request to open a session was answered/],
    [CHECK, [EXCHANGES[0], EXCHANGES[4]], /no request with a crop was answered/],
    [CHECK, [...EXCHANGES.slice(0, -1), complete([])], /without the pictures' timestamps/],
    [CHECK, [...EXCHANGES.slice(0, -1), complete([0])], /without the pictures' timestamps/],
    [CHECK, [...EXCHANGES.slice(0, -1), complete(undefined)], /without the pictures' timestamps/],
  ];
  for (const [check, exchanges, message] of faults) assert.throws(() => verdictRound(check, exchanges), message);
});

test("rounds become medians and minima, and verdicts are counted", () => {
  const slow = { ...CHECK, shown: 1880 };
  const odd = { ...CHECK, shown: 1790, verdict: "inconclusive" };
  const figures = verdictFigures([CHECK, slow, odd].map((check) => verdictRound(check, EXCHANGES)));
  assert.deepEqual([figures.min, figures.median, figures.n], [479, 489, 3]);
  assert.deepEqual(figures.steps.paint, { min: 30, median: 40, n: 3 });
  assert.deepEqual(figures.requests.complete, { min: 195, median: 195, n: 3 });
  assert.deepEqual(figures.verifier, { min: 190, median: 190, n: 3 });
  assert.deepEqual(figures.verdicts, { live: 2, inconclusive: 1 });
  assert.equal(figures.restarts, 0);
});
