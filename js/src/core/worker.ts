/**
 * The vision worker: holds the wasm module, analyses one frame at a time, keeps the pictures and makes the
 * requests. Its messages are defined in `generated/wire.ts`. Built into one classic script that loads nothing
 * by itself, so that it runs wherever it is put.
 */
import initVision, { Vision } from "./vision.js";
import initOnnx, { Vision as OnnxVision } from "./vision_onnx.js";
import type { CropRule, EngineFiles, FromWorker, ToWorker } from "../generated/wire.js";
import { forget, forgetAll, inFlight, keep, send } from "./courier.js";
import { LoadError, engineFault } from "./load.js";
import { Notes } from "./notes.js";
import { fromDrawing, fromRgba, fromVideoFrame, onNoise, type Pixels } from "./pixels.js";

type Message<T extends ToWorker["type"]> = Extract<ToWorker, { type: T }>;

/** The number of blank frames, and how long after `ready` the first comes. Times settle after 5 to 15 of them. */
const WARM_UP = { runs: 20, afterMs: 10 };

const scope = self as unknown as DedicatedWorkerGlobalScope;
let vision: Vision | OnnxVision | null = null;
/** Resolves with the detector made from the files that the page has fetched. */
let deliver: (made: Promise<Vision | OnnxVision>) => void;
const delivered = new Promise<Vision | OnnxVision>((resolve) => (deliver = resolve));
// Whoever awaits it handles a failure; nobody may, yet.
delivered.catch(() => undefined);
let cropRule: CropRule = "square-context";
let sequence = 0;
/** The newest frame of the stream, if not analysed yet. */
let newest: VideoFrame | null = null;
let wanted = false;
/** Skip frames before this time, unless time has gone backwards. */
let notBefore = -Infinity;
let lastTime = -Infinity;
/** The stream's reader, and the analysis under way. */
let reader: ReadableStreamDefaultReader<VideoFrame> | null = null;
let analysing: Promise<void> = Promise.resolve();
/** Whether a real frame has arrived. */
let busy = false;
/** After a failure the module's memory cannot be trusted, so nothing runs any more. */
let dead = false;
/** The page has ended it. */
let over = false;
const notes = new Notes(
  () => wanted && !dead,
  (list) => post({ type: "notes", notes: list }),
);

/** The only way to post to the page. */
function post(message: FromWorker, transfer: Transferable[] = []): void {
  scope.postMessage(message, transfer);
}

function fail(error: unknown): void {
  if (dead) return;
  dead = true;
  newest?.close();
  newest = null;
  post({ type: "error", ...engineFault(error) });
}

async function makeDetector({ module, weights, detector }: EngineFiles): Promise<Vision | OnnxVision> {
  if (weights.byteLength === 0) throw new LoadError("engine_invalid", "the face model is empty");
  const bytes = new Uint8Array(weights);
  if (detector) {
    await initOnnx({ module_or_path: module });
    // It has run once when this returns.
    return OnnxVision.from_onnx(bytes, detector.kind, detector.side ?? undefined);
  }
  await initVision({ module_or_path: module });
  return new Vision(bytes);
}

/** Loads ahead of the check. */
async function load(files: EngineFiles): Promise<void> {
  const made = makeDetector(files);
  deliver(made);
  await made;
  post({ type: "loaded" });
}

async function begin(): Promise<void> {
  vision = await delivered;
  post({ type: "ready" });
  if (vision instanceof Vision) await warmUp(vision);
}

/**
 * Runs detection and cropping on blank frames until the first real one arrives. Browsers recompile hot code for
 * speed, so the first runs are slow; this gets them done while the camera opens.
 */
async function warmUp(ready: Vision): Promise<void> {
  const [width, height] = [640, 480];
  const luma = width * height;
  const [offsets, strides] = [Uint32Array.of(0, luma, luma * 1.25), Uint32Array.of(width, width / 2, width / 2)];
  // Lets a frame that is already on its way come first.
  let pause = WARM_UP.afterMs;
  for (let run = 0; run < WARM_UP.runs; run++) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (busy || dead) return;
    ready.room(luma * 1.5).fill(128);
    ready.analyse("I420", width, height, offsets, strides, "", false, 0);
    ready.crop(width / 3, height / 3, height / 4, height / 4, cropRule);
    pause = 0;
  }
}

function analyse(pixels: Pixels, timestamp: number): void {
  if (dead || !vision) return;
  const { format, width, height, offsets, strides, matrix, fullRange } = pixels;
  const faces = vision.analyse(format, width, height, offsets, strides, matrix, fullRange, timestamp);
  const measures = vision.measures();
  const found = { sequence: ++sequence, timestamp, width, height, faces, measures, notes: notes.take() };
  post({ type: "analysed", ...found }, [faces.buffer, measures.buffer]);
}

/** Room for a frame in the module, where warming up now stops; outside it if the detector is not ready. */
function room(size: number): Uint8Array {
  busy ||= vision !== null;
  return vision?.room(size) ?? new Uint8Array(size);
}

async function analyseVideoFrame(frame: VideoFrame, timestamp: number): Promise<void> {
  let pixels: Pixels;
  try {
    pixels = await fromVideoFrame(frame, room);
  } finally {
    frame.close();
  }
  analyse(pixels, timestamp);
}

async function analyseFrame({ timestamp, picture }: Message<"frame">): Promise<void> {
  // Of a stream that has been left meanwhile.
  wanted = false;
  if (picture instanceof ImageData) {
    const { data, width, height } = picture;
    return analyse(fromRgba(new Uint8Array(data.buffer), width, height, room), timestamp);
  }
  // Asked for last: not every browser has video frames.
  if (!(picture instanceof ImageBitmap)) return analyseVideoFrame(picture, timestamp);
  let pixels: Pixels;
  try {
    pixels = fromDrawing(picture, picture.width, picture.height, room);
  } finally {
    picture.close();
  }
  analyse(pixels, timestamp);
}

function analyseNewest(): void {
  if (!wanted || !newest || dead) return;
  const frame = newest;
  newest = null;
  const time = frame.timestamp / 1000;
  const early = time < notBefore && time >= lastTime;
  lastTime = time;
  if (early) return frame.close();
  wanted = false;
  analysing = analyseVideoFrame(frame, time).catch(fail);
}

/**
 * Frames that nobody has closed count as in use for good when a worker is terminated, and Chromium gives a page no more
 * of them than a few for each camera: the next check would see none.
 */
async function end(): Promise<void> {
  over = dead = true;
  newest?.close();
  newest = null;
  forgetAll();
  await analysing;
  await reader?.cancel().catch(() => undefined);
  post({ type: "ended" });
}

async function read(readable: ReadableStream<VideoFrame>): Promise<void> {
  reader = readable.getReader();
  let flowing = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      newest?.close();
      newest = null;
      // The page may end the worker when it hears of the end.
      await analysing;
      if (over) return;
      post({ type: "ended" });
      return;
    }
    if (dead) {
      value.close();
      await reader.cancel();
      return;
    }
    if (!flowing) post({ type: "flowing" });
    flowing = true;
    newest?.close();
    newest = value;
    analyseNewest();
  }
}

function take({ run, index, whole, face: [x, y, width, height] }: Message<"take">): void {
  if (dead || !vision) return;
  const png = whole ? vision.frame_png() : vision.crop(x, y, width, height, cropRule);
  keep(run, index, png as Uint8Array<ArrayBuffer>);
  notes.hold({ type: "cut", run, index });
}

async function carry(message: Message<"send">): Promise<void> {
  const settled = await send(message);
  notes.hold(settled);
  // These cannot wait: on a slow connection the page sends the next picture, and it decides what to do about a failure.
  if (settled.type === "unanswered" || settled.status >= 300 || inFlight() > 0 || message.request.body.type !== "picture") notes.flush();
}

function handle(message: ToWorker): void | Promise<void> {
  switch (message.type) {
    case "files":
      return load(message.files);
    case "init":
      cropRule = message.cropRule;
      return begin();
    case "stream":
      return read(message.readable);
    case "next":
      wanted = true;
      notBefore = message.notBefore ?? -Infinity;
      return analyseNewest();
    case "send":
      return carry(message);
    case "end":
      return end();
    case "leave":
      wanted = false;
      return reader?.cancel();
    case "forget":
      return forget(message.run);
    case "frame":
      return analyseFrame(message);
    case "take":
      return take(message);
    default:
      message satisfies never;
  }
}

scope.addEventListener("message", ({ data }: MessageEvent<ToWorker | ToWorker[]>) => {
  for (const message of Array.isArray(data) ? data : [data]) {
    // What was on its way when it ended.
    if (over) return;
    try {
      handle(message)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
});

onNoise(() => notes.hold({ type: "noised" }));
post({ type: "started" });
