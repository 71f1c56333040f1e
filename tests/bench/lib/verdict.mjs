// From Start to the shown verdict, less the capture itself: the figure, and the steps that add up to it.
import { isComplete, isCrop, isOpen } from "../../e2e/lib/proxy.mjs";
import { median, summary } from "./stats.mjs";

/** The page's target, and the package's own default. */
export const FPS = 10;

/** The parts of the overhead, in order; they add up to it. */
export const STEPS = {
  camera: "Start to the camera, handed out by the browser",
  preview: "to the preview, playing",
  engine: "to the detector, ready",
  positioning: "to the first picture",
  capture: "to the last picture, less the capture's span",
  crops: "to the last crop, acknowledged",
  verdict: "to the verdict",
  paint: "to the verdict, painted",
};

/** Runs `count` checks, after one that only fills the machine's caches. */
export async function measureVerdicts({ run, server }, count) {
  const rounds = [];
  for (let i = 0; i <= count; i += 1) {
    server.exchanges.length = 0;
    const check = await run("verdict", { fps: FPS });
    if (i > 0) rounds.push(verdictRound(check, server.exchanges));
  }
  return rounds;
}

/**
 * One check's figures in milliseconds, from its page's record (`page/verdict.js`) and the requests to the gateway.
 * `span` is what is subtracted: the last picture's timestamp minus the first's, plus one interval.
 */
export function verdictRound({ start, camera, shown, changes, verdict, processing }, exchanges) {
  const complete = exchanges.findLast((exchange) => isComplete(exchange) && exchange.status === 200);
  const span = captureSpan(complete?.body);
  const { at, restarts } = stepEnds({ start, camera, shown, changes });
  const steps = {
    camera: at.camera - at.start,
    preview: at.preview - at.camera,
    engine: at.engine - at.preview,
    positioning: at.firstPicture - at.engine,
    capture: at.lastPicture - at.firstPicture - span,
    crops: at.acknowledged - at.lastPicture,
    verdict: at.verdict - at.acknowledged,
    paint: at.shown - at.verdict,
  };
  return { overhead: shown - start - span, total: shown - start, span, steps, requests: requestTimes(exchanges), processing, restarts, verdict };
}

/** The time the capture itself takes: from its first picture's timestamp to the end of the last one's interval. */
function captureSpan(report) {
  const times = JSON.parse(report ?? "{}").timestamps_ms ?? [];
  const span = times.at(-1) - times[0] + 1000 / FPS;
  if (!(times.length > 1 && Number.isFinite(span))) throw new Error("no request for the verdict, or one without the pictures' timestamps");
  return span;
}

/** When each step ends, and how many runs broke before the one that counts; everything up to it is positioning. */
function stepEnds({ start, camera, shown, changes }) {
  const restarts = changes.filter(({ taken }, i) => i > 0 && taken < changes[i - 1].taken).length;
  const run = changes.findLastIndex(({ taken }, i) => taken > 0 && (i === 0 || changes[i - 1].taken === 0 || taken < changes[i - 1].taken));
  const when = (what, found) => {
    if (!found) throw new Error(`the check's changes do not show ${what}`);
    return found.at;
  };
  const first = (what, test, from = 0) => when(what, changes.slice(from).find(test));
  if (camera === null) throw new Error("the check did not ask for the camera");
  const at = {
    start,
    camera,
    preview: first("the camera", ({ state }) => state !== "idle" && state !== "requesting-camera"),
    engine: first("the detector", ({ state }) => !["idle", "requesting-camera", "loading"].includes(state)),
    firstPicture: when("a picture", changes[run]),
    lastPicture: first("the last picture", ({ taken, required }) => required > 0 && taken >= required, run),
    acknowledged: first("all crops acknowledged", ({ required, uploaded }) => required > 0 && uploaded >= required, run),
    verdict: first("a verdict", ({ state }) => state === "done"),
    shown,
  };
  return { at, restarts };
}

/** How long the requests of each kind took, as seen by the bench's server: the median, and the last crop's. */
function requestTimes(exchanges) {
  const times = (what, test) => {
    const answered = exchanges.filter((exchange) => test(exchange) && exchange.answeredAt !== null);
    if (answered.length === 0) throw new Error(`no request ${what} was answered`);
    return answered.map(({ at, answeredAt }) => answeredAt - at);
  };
  const [open, crops, complete] = [times("to open a session", isOpen), times("with a crop", isCrop), times("for the verdict", isComplete)];
  return { open: median(open), crop: median(crops), last_crop: crops.at(-1), complete: median(complete) };
}

/** The figures of all rounds, as in the report. */
export function verdictFigures(rounds) {
  const of = (pick) => summary(rounds.map(pick), 1);
  const each = (key) => Object.fromEntries(Object.keys(rounds[0][key]).map((name) => [name, of((round) => round[key][name])]));
  const verdicts = rounds.map(({ verdict }) => verdict);
  return {
    ...of(({ overhead }) => overhead),
    total: of(({ total }) => total),
    subtracted: of(({ span }) => span),
    steps: each("steps"),
    requests: each("requests"),
    verifier: of(({ processing }) => processing),
    restarts: rounds.reduce((sum, { restarts }) => sum + restarts, 0),
    verdicts: Object.fromEntries([...new Set(verdicts)].map((name) => [name, verdicts.filter((verdict) => verdict === name).length])),
  };
}
