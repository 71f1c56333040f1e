// One check with everything loaded, as a person experiences it: when each step ends, on the page's clock.
import { LivenessCheck, preload } from "/pkg/index.js";
import { outcome } from "./outcome.js";

/** Between loading and Start, so that the two do not overlap. */
const PAUSE_MS = 500;

const video = document.querySelector("#preview");
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** Resolves with the time at which the page as it is now has been painted. */
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))));

/** Sets `times.camera` to the time at which the browser hands out the camera. */
function watchCamera(times) {
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    times.camera ??= performance.now();
    return stream;
  };
}

/**
 * Runs a check. Resolves with its times in milliseconds: `start`, `camera` (handed out), `shown` (the verdict, painted),
 * its `changes` ({at, state, taken, required, uploaded}), and the verdict.
 */
async function run({ fps }) {
  const times = { start: null, camera: null, shown: null };
  const changes = [];
  watchCamera(times);
  await preload();
  await pause();

  times.start = performance.now();
  const check = new LivenessCheck({ video, fps });
  const shown = new Promise((resolve) => {
    check.addEventListener("change", ({ detail }) => {
      const { state, framesTaken: taken, framesRequired: required, framesUploaded: uploaded } = detail;
      changes.push({ at: performance.now(), state, taken, required, uploaded });
      if (state !== "done") return;
      // Without a visible change there would be nothing to paint.
      document.body.append(detail.verdict.verdict);
      resolve(painted());
    });
  });
  const verdict = await check.start();
  times.shown = await shown;
  return { ...times, changes, verdict: verdict.verdict, processing: verdict.raw.processing_ms };
}

void outcome(run);
