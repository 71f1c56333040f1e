// From navigation to the first detection with MediaPipe Tasks Vision as its documentation loads it.
// Imported here as well, so that it is fetched as early as the module that uses it.
import "/mediapipe/vision_bundle.mjs";
import { loadFrames } from "./frames.js";
import { createDetector } from "./mediapipe.js";
import { outcome } from "./outcome.js";

const frames = loadFrames("/frame.i420");

/** Resolves with the time since the navigation began, and 1 if a face was found. */
async function firstDetection() {
  const detect = await createDetector();
  const face = detect((await frames).at(0));
  return { at: performance.now(), faces: face ? 1 : 0 };
}

void outcome(firstDetection);
