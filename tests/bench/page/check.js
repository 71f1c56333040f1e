// A whole check with the fake camera and the real gateway; every state leaves a mark in the trace.
import { LivenessCheck } from "/pkg/index.js";
import { outcome } from "./outcome.js";

/** Resolves with the number of pictures and the verdict. */
async function run(options) {
  const check = new LivenessCheck({ video: document.querySelector("#preview"), ...options });
  let state = "";
  check.addEventListener("change", ({ detail }) => {
    if (detail.state !== state) performance.mark(`bench-${detail.state}`);
    state = detail.state;
  });
  const { verdict } = await check.start();
  return { verdict, frames: check.snapshot.framesTaken };
}

void outcome(run);
