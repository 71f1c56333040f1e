/**
 * The vision worker: holds the wasm module, takes one frame at a time, and never two.
 *
 * From the page: `init`, then `stream` (a track's frames) or `frame` (one frame, which is analysed at
 * once), `next` (analyse the newest frame of the stream), `take` (cut a crop of the frame analysed
 * last). To the page: `ready`, `analysed`, `crop`, `ended`, `error`.
 */
import init, { Vision } from "./vision.js";
import { LoadError, compileModule, engineFailure, fetchAsset } from "./load.js";
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
  whole: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
};
type ToWorker =
  | { type: "init"; assetBase: string; cropRule: string }
  | { type: "stream"; readable: ReadableStream<VideoFrame> }
  | { type: "next" }
  | FrameMessage
  | TakeMessage;

const scope = self as unknown as DedicatedWorkerGlobalScope;
let vision: Vision | null = null;
let cropRule = "square-context";
let sequence = 0;
/** The newest frame of the stream that nobody has looked at yet. */
let newest: VideoFrame | null = null;
let wanted = false;
/** After a failure the module's memory is not to be trusted: nothing runs any more. */
let dead = false;

function fail(error: unknown): void {
  if (dead) return;
  dead = true;
  newest?.close();
  newest = null;
  scope.postMessage({ type: "error", ...engineFailure(error) });
}

async function load(assetBase: string): Promise<void> {
  const wasm = assetBase ? new URL("vision_bg.wasm", assetBase) : new URL("./vision_bg.wasm", import.meta.url);
  const model = assetBase
    ? new URL("blazeface_short_range.bin", assetBase)
    : new URL("./blazeface_short_range.bin", import.meta.url);
  const weights = fetchAsset(model).then((response) => response.arrayBuffer());
  // Failing before it is awaited must not count as unhandled.
  weights.catch(() => undefined);
  await init({ module_or_path: await compileModule(wasm) });
  const bytes = new Uint8Array(await weights);
  if (bytes.length === 0) throw new LoadError("engine_load_failed", "the face model is empty");
  vision = new Vision(bytes);
  scope.postMessage({ type: "ready" });
}

function analyse(pixels: Pixels, timestamp: number): void {
  if (dead || !vision) return;
  const { bytes, format, width, height, offsets, strides, matrix, fullRange } = pixels;
  const faces = vision.analyse(bytes, format, width, height, offsets, strides, matrix, fullRange);
  scope.postMessage({ type: "analysed", sequence: ++sequence, timestamp, width, height, faces }, [faces.buffer]);
}

async function analyseVideoFrame(frame: VideoFrame, timestamp: number): Promise<void> {
  let pixels: Pixels;
  try {
    pixels = await fromVideoFrame(frame);
  } finally {
    frame.close();
  }
  analyse(pixels, timestamp);
}

async function analyseFrame(message: FrameMessage): Promise<void> {
  const { timestamp, frame, bitmap, rgba, width = 0, height = 0 } = message;
  if (frame) return analyseVideoFrame(frame, timestamp);
  if (rgba) return analyse(fromRgba(new Uint8Array(rgba), width, height), timestamp);
  if (!bitmap) throw new Error("a frame message without a frame");
  let pixels: Pixels;
  try {
    pixels = fromDrawing(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
  analyse(pixels, timestamp);
}

function analyseNewest(): void {
  if (!wanted || !newest || dead) return;
  const frame = newest;
  newest = null;
  wanted = false;
  analyseVideoFrame(frame, frame.timestamp / 1000).catch(fail);
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

function take({ run, index, whole, x, y, width, height }: TakeMessage): void {
  if (dead || !vision) return;
  const png = whole ? vision.frame_png() : vision.crop(x, y, width, height, cropRule);
  scope.postMessage({ type: "crop", run, index, png }, [png.buffer]);
}

function handle(message: ToWorker): void | Promise<void> {
  switch (message.type) {
    case "init":
      cropRule = message.cropRule;
      return load(message.assetBase);
    case "stream":
      return read(message.readable);
    case "next":
      wanted = true;
      return analyseNewest();
    case "frame":
      return analyseFrame(message);
    case "take":
      return take(message);
  }
}

scope.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  try {
    handle(event.data)?.catch(fail);
  } catch (error) {
    fail(error);
  }
});
