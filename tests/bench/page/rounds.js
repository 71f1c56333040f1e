// All contenders in one page, over the same frames, in alternating rounds.
import { documentedCrop } from "./documented.js";
import { startEngine } from "./engine.js";
import { HEIGHT, WIDTH, loadFrames } from "./frames.js";
import { createDetector } from "./mediapipe.js";
import { outcome } from "./outcome.js";

const FRAMES = "/frames.i420";
const WARM_UP = 60;
const TRIAL = 30;
/** Before every turn, as between a camera's frames, so that nobody profits from a machine warmed up by another. */
const PAUSE_MS = 20;

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** The forms in which MediaPipe accepts a frame; each makes {source, close} from a `VideoFrame`. */
const SOURCES = {
  VideoFrame: async (frame) => ({ source: frame, close: () => frame.close() }),
  ImageBitmap: async (frame) => {
    const source = await createImageBitmap(frame);
    frame.close();
    return { source, close: () => source.close() };
  },
  canvas: async (frame) => {
    const source = drawn(frame).canvas;
    return { source, close: () => undefined };
  },
  ImageData: async (frame) => {
    const source = drawn(frame).getImageData(0, 0, WIDTH, HEIGHT);
    return { source, close: () => undefined };
  },
};

function drawn(frame) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const context = canvas.getContext("2d");
  context.drawImage(frame, 0, 0);
  frame.close();
  return context;
}

/** MediaPipe's time for one frame given as `kind`; making that form is not counted. */
async function timedDetection(detect, frame, kind) {
  const { source, close } = await SOURCES[kind](frame);
  const began = performance.now();
  const face = detect(source);
  const took = performance.now() - began;
  close();
  return { detect: took, face };
}

/** The form of a frame with which MediaPipe is fastest: {kind, medians}. */
async function fastestSource(detect, frames) {
  const kinds = Object.keys(SOURCES);
  const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let i = 0; i < 2 * TRIAL; i += 1) {
    for (const kind of kinds) {
      const { detect: took } = await timedDetection(detect, frames.at(i), kind);
      if (i >= TRIAL) times[kind].push(took);
    }
  }
  const medians = Object.fromEntries(kinds.map((kind) => [kind, times[kind].sort((a, b) => a - b)[TRIAL / 2]]));
  return { kind: kinds.reduce((best, other) => (medians[other] < medians[best] ? other : best)), medians };
}

/** Runs everything. Returns a list of measurements per contender, one for every round. */
async function run({ rounds, stock }) {
  const frames = await loadFrames(FRAMES);
  const ours = await startEngine("/pkg/", FRAMES);
  const stockEngine = stock ? await startEngine("/stock/", FRAMES) : null;
  const [detect, detectDocumented] = [await createDetector(), await createDetector()];
  const source = await fastestSource(detect, frames);

  const contenders = {
    ours: (i) => ours.whole(i),
    mediapipe: (i) => timedDetection(detect, frames.at(i), source.kind),
    documented: (i) => {
      const frame = frames.at(i);
      const began = performance.now();
      const crop = documentedCrop(frame, WIDTH, HEIGHT, detectDocumented);
      const took = performance.now() - began;
      frame.close();
      return { frame: took, face: crop?.face ?? null, bytes: crop ? (crop.pixels.length * 3) / 4 : 0 };
    },
    ...(stockEngine && { stock: (i) => stockEngine.whole(i) }),
  };
  const names = Object.keys(contenders);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -WARM_UP; round < rounds; round += 1) {
    // Rotate, so that everyone's turn comes equally often after each of the others.
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + WARM_UP) % names.length];
      await pause();
      const result = await contenders[name](round + WARM_UP);
      if (round >= 0) results[name].push(result);
    }
  }
  ours.stop();
  stockEngine?.stop();
  return { source, results };
}

void outcome(run);
