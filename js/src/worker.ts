/**
 * The vision worker: holds the wasm module, takes one frame at a time, and never two.
 *
 * From the page, one by one or as a list: perhaps `load` (ahead of a check) and `parts` (what was fetched for
 * it), `init`, then `stream` (a track's frames) or `frame` (one frame, which is analysed at once), `next`
 * (analyse the newest frame of the stream, or the first that is late enough), `take` (cut a crop of the frame
 * analysed last), `send` (a crop that was kept), `forget` (a run's crops). To the page: `loaded` (to `load`, if asked to tell), `ready`, `analysed`, `crop`, `notes`,
 * `ended`, `error`.
 */
import type { Vision } from "./vision.js";
import type { Vision as OnnxVision } from "./vision_onnx.js";
import { type SendMessage, forget, inFlight, keep, send } from "./courier.js";
import { type Parts, fetchWeights, moduleUrl } from "./assets.js";
import { LoadError, compileModule, engineFailure, fetchAsset, hasRelaxedSimd } from "./load.js";
import { Notes } from "./notes.js";
import { fromDrawing, fromRgba, fromVideoFrame, type Pixels } from "./pixels.js";

type FrameMessage = {
  type: "frame";
  timestamp: number;
  frame?: VideoFrame;
  bitmap?: ImageBitmap;
  rgba?: ArrayBuffer;
  width?: number;
  height?: number;
};
type TakeMessage = {
  type: "take";
  run: number;
  index: number;
  /** The whole frame instead of a crop. */
  whole: boolean;
  /** The crop stays here, to be sent from here. */
  keep: boolean;
  /** x, y, width, height in the frame's pixels. */
  face: ArrayLike<number>;
};
type Detector = { url: string; kind: string; side: number | undefined };
type ToWorker =
  | { type: "load"; assetBase: string; tell: boolean }
  | { type: "parts"; parts: Parts | null }
  | { type: "init"; assetBase: string; cropRule: string; detector: Detector | null }
  | { type: "stream"; readable: ReadableStream<VideoFrame> }
  | { type: "next"; notBefore?: number }
  | { type: "forget"; run: number }
  | SendMessage
  | FrameMessage
  | TakeMessage;

/** Blank frames, and how long after `ready` the first of them. Times settle after 5 to 15 of them. */
const WARM_UP = { runs: 20, afterMs: 10 };

const scope = self as unknown as DedicatedWorkerGlobalScope;
let vision: Vision | OnnxVision | null = null;
/** The module on its way, whoever asked first. */
let loading: Promise<Vision> | null = null;
/** Resolves with what the page has fetched. */
let delivered: (parts: Parts | null) => void = () => undefined;
let cropRule = "square-context";
let sequence = 0;
/** The newest frame of the stream that nobody has looked at yet. */
let newest: VideoFrame | null = null;
let wanted = false;
/** Frames before this time are not wanted, unless time went back. */
let notBefore = -Infinity;
let lastTime = -Infinity;
/** Whether a real frame has been looked at. */
let busy = false;
/** After a failure the module's memory is not to be trusted: nothing runs any more. */
let dead = false;
const notes = new Notes(
  () => wanted && !dead,
  (list) => scope.postMessage({ type: "notes", notes: list }),
);

function fail(error: unknown): void {
  if (dead) return;
  dead = true;
  newest?.close();
  newest = null;
  scope.postMessage({ type: "error", ...engineFailure(error) });
}

function glueFailure(error: unknown): never {
  throw new LoadError("engine_load_failed", String(error));
}

async function loadVision(assetBase: string, parts: Promise<Parts | null> | null): Promise<Vision> {
  const relaxed = hasRelaxedSimd();
  const glue = (relaxed ? import("./vision.js") : import("./vision_compat.js")).catch(glueFailure);
  // Failing before it is awaited must not count as unhandled.
  glue.catch(() => undefined);
  const given = await parts;
  const [module, weights] =
    given?.relaxed === relaxed
      ? [given.module, given.weights]
      : await Promise.all([compileModule(moduleUrl(assetBase, relaxed)), fetchWeights(assetBase)]);
  if (weights.byteLength === 0) throw new LoadError("engine_load_failed", "the face model is empty");
  const { default: init, Vision } = await glue;
  await init({ module_or_path: module });
  return new Vision(new Uint8Array(weights));
}

/** Loads ahead of the check. Unless somebody wants to be told, a failure waits for the check's `init`. */
async function load(assetBase: string, tell: boolean): Promise<void> {
  loading ??= loadVision(assetBase, new Promise((resolve) => (delivered = resolve)));
  try {
    await loading;
    if (tell) scope.postMessage({ type: "loaded" });
  } catch (error) {
    if (tell) throw error;
  }
}

/** A detector of the page's own, in the module that reads ONNX. It has run once by then. */
async function beginOwn(assetBase: string, { url, kind, side }: Detector): Promise<void> {
  const wasm = assetBase ? new URL("vision_onnx_bg.wasm", assetBase) : new URL("./vision_onnx_bg.wasm", import.meta.url);
  const [glue, module, file] = await Promise.all([
    import("./vision_onnx.js").catch(glueFailure),
    compileModule(wasm),
    fetchAsset(new URL(url), "detector_load_failed").then((response) => response.arrayBuffer()),
  ]);
  await glue.default({ module_or_path: module });
  vision = glue.Vision.from_onnx(new Uint8Array(file), kind, side);
  scope.postMessage({ type: "ready" });
}

async function begin(assetBase: string): Promise<void> {
  loading ??= loadVision(assetBase, null);
  vision = await loading;
  scope.postMessage({ type: "ready" });
  return warmUp(vision);
}

/**
 * Runs detection and cropping on blank frames while no real one is there, which is as long as the camera takes to
 * open: a browser compiles what runs often a second time, for speed, and it shows for the first runs.
 */
async function warmUp(ready: Vision): Promise<void> {
  const [width, height] = [640, 480];
  const luma = width * height;
  const [offsets, strides] = [Uint32Array.of(0, luma, luma * 1.25), Uint32Array.of(width, width / 2, width / 2)];
  // Later than a frame that is already on its way.
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
  const answer = { type: "analysed", sequence: ++sequence, timestamp, width, height, faces, notes: notes.take() };
  scope.postMessage(answer, [faces.buffer]);
}

/** Room for a frame, which nobody else uses from now on; any room for one that comes before the detector. */
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

async function analyseFrame(message: FrameMessage): Promise<void> {
  const { timestamp, frame, bitmap, rgba, width = 0, height = 0 } = message;
  if (frame) return analyseVideoFrame(frame, timestamp);
  if (rgba) return analyse(fromRgba(new Uint8Array(rgba), width, height, room), timestamp);
  if (!bitmap) throw new Error("a frame message without a frame");
  let pixels: Pixels;
  try {
    pixels = fromDrawing(bitmap, bitmap.width, bitmap.height, room);
  } finally {
    bitmap.close();
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
  analyseVideoFrame(frame, time).catch(fail);
}

async function read(readable: ReadableStream<VideoFrame>): Promise<void> {
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      scope.postMessage({ type: "ended" });
      return;
    }
    if (dead) {
      value.close();
      await reader.cancel();
      return;
    }
    newest?.close();
    newest = value;
    analyseNewest();
  }
}

function take({ run, index, whole, keep: stays, face }: TakeMessage): void {
  if (dead || !vision) return;
  const png = (whole ? vision.frame_png() : vision.crop(face[0]!, face[1]!, face[2]!, face[3]!, cropRule)) as Uint8Array<ArrayBuffer>;
  if (stays) {
    keep(run, index, png);
    notes.hold({ type: "crop", run, index });
  } else {
    scope.postMessage({ type: "crop", run, index, png }, [png.buffer]);
  }
}

async function carry(message: SendMessage): Promise<void> {
  const sent = await send(message);
  notes.hold(sent);
  // The page fills what has become free on a slow connection, and decides what to do about a failure.
  if (!("status" in sent) || sent.status >= 300 || inFlight() > 0) notes.flush();
}

function handle(message: ToWorker): void | Promise<void> {
  switch (message.type) {
    case "load":
      return load(message.assetBase, message.tell);
    case "parts":
      return delivered(message.parts);
    case "init":
      cropRule = message.cropRule;
      return message.detector ? beginOwn(message.assetBase, message.detector) : begin(message.assetBase);
    case "stream":
      return read(message.readable);
    case "next":
      wanted = true;
      notBefore = message.notBefore ?? -Infinity;
      return analyseNewest();
    case "send":
      return carry(message);
    case "forget":
      return forget(message.run);
    case "frame":
      return analyseFrame(message);
    case "take":
      return take(message);
  }
}

scope.addEventListener("message", ({ data }: MessageEvent<ToWorker | ToWorker[]>) => {
  for (const message of Array.isArray(data) ? data : [data]) {
    try {
      handle(message)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
});
