// A whole check with the fake camera and the real gateway; the first picture and the verdict leave marks in the trace.
import { LivenessCheck } from "/pkg/index.js";
import { outcome } from "./outcome.js";

/** Only these, since a mark costs the page's thread a millisecond. */
const MARKED = new Set(["capturing", "done"]);

/** Resolves with the number of pictures and the verdict. */
async function run(options) {
  const check = new LivenessCheck({ video: document.querySelector("#preview"), ...options });
  let state = "";
  check.addEventListener("change", ({ detail }) => {
    if (detail.state !== state && MARKED.has(detail.state)) performance.mark(`bench-${detail.state}`);
    state = detail.state;
  });
  const { verdict } = await check.start();
  return { verdict, frames: check.snapshot.framesTaken };
}

void outcome(run);
