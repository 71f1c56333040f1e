// Records how frames reach the worker, and whether each one is closed. Both functions are sent to the
// browser as text, so they may not use anything outside themselves.

/**
 * In the page, before its own scripts: `__frames` holds what the page made for the worker and what the
 * worker reports. `missing` names globals to remove from the browser, `frameCallback: false` removes
 * `requestVideoFrameCallback`, `"silent"` keeps it from ever calling back, `bitmapDelayMs` delays every ImageBitmap.
 */
export function recordFrames({ missing = [], frameCallback = true, bitmapDelayMs = 0 } = {}) {
  const made = [];
  const frames = { made, workers: {} };
  globalThis.__frames = frames;
  const channel = new BroadcastChannel("frame-record");
  channel.addEventListener("message", ({ data: { id, ...record } }) => (frames.workers[id] = record));

  if (globalThis.VideoFrame) {
    globalThis.VideoFrame = class extends globalThis.VideoFrame {
      constructor(...args) {
        super(...args);
        made.push(this);
      }
    };
  }
  const original = globalThis.createImageBitmap;
  globalThis.createImageBitmap = async (...args) => {
    const bitmap = await original(...args);
    made.push(bitmap);
    if (bitmapDelayMs) await new Promise((resolve) => setTimeout(resolve, bitmapDelayMs));
    return bitmap;
  };
  for (const name of missing) delete globalThis[name];
  if (frameCallback === "silent") HTMLVideoElement.prototype.requestVideoFrameCallback = () => 1;
  if (!frameCallback) delete HTMLVideoElement.prototype.requestVideoFrameCallback;
}

/** In the worker, before its own script: counts the frames that arrive, are answered and are closed. */
function watchWorker() {
  const channel = new BroadcastChannel("frame-record");
  const id = String(Math.random());
  const open = new Set();
  const record = { stream: 0, frame: 0, bitmap: 0, rgba: 0, read: 0, closed: 0, analysed: 0, mostOpen: 0, mostUnanswered: 0 };
  const tell = () => {
    record.open = open.size;
    channel.postMessage({ id, ...record });
  };
  const hold = (picture) => {
    open.add(picture);
    record.mostOpen = Math.max(record.mostOpen, open.size);
  };
  for (const { prototype } of [VideoFrame, ImageBitmap]) {
    const close = prototype.close;
    prototype.close = function () {
      if (open.delete(this)) record.closed += 1;
      close.call(this);
      tell();
    };
  }
  const read = ReadableStreamDefaultReader.prototype.read;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const result = await read.call(this);
    if (result.value instanceof VideoFrame) {
      record.read += 1;
      hold(result.value);
    }
    return result;
  };
  self.addEventListener("message", ({ data }) => {
    if (data.type === "stream") record.stream += 1;
    if (data.type !== "frame") return;
    const { picture } = data;
    const kind = picture instanceof VideoFrame ? "frame" : picture instanceof ImageBitmap ? "bitmap" : "rgba";
    record[kind] += 1;
    if (kind !== "rgba") hold(picture);
    record.mostUnanswered = Math.max(record.mostUnanswered, record.frame + record.bitmap + record.rgba - record.analysed);
    tell();
  });
  const post = self.postMessage.bind(self);
  self.postMessage = (message, ...rest) => {
    if (message.type === "analysed") record.analysed += 1;
    tell();
    post(message, ...rest);
  };
}

/** A rule for the proxy that puts the recorder into every worker. */
export const workerRecordRule = ({ path }) =>
  path.endsWith("/worker.js")
    ? { rewrite: (answer) => ({ ...answer, body: Buffer.concat([Buffer.from(`(${watchWorker})();\n`), answer.body]) }) }
    : undefined;

/** The records of a page's workers, oldest first, and how many of the page's own pictures are still open. */
export const frameRecords = (visit) =>
  visit.page.evaluate(() => {
    const isOpen = (picture) => (picture instanceof ImageBitmap ? picture.width > 0 : picture.format !== null);
    const { made, workers } = globalThis.__frames;
    return { workers: Object.values(workers), made: made.length, stillOpen: made.filter(isOpen).length };
  });
