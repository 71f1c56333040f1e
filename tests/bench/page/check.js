// A whole check with the fake camera and the real gateway; every state leaves a mark in the trace.
import { LivenessCheck } from "/pkg/index.js";

/** Runs it; resolves with the number of pictures and the verdict. */
export async function run(options) {
  const check = new LivenessCheck({ video: document.querySelector("#preview"), ...options });
  let state = "";
  check.addEventListener("change", ({ detail }) => {
    if (detail.state !== state) performance.mark(`bench-${detail.state}`);
    state = detail.state;
  });
  const { verdict } = await check.start();
  return { verdict, frames: check.snapshot.framesTaken };
}
