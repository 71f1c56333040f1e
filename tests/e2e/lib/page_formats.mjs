// Runs in the page: one picture in every form in which a frame can reach the worker.

/** Kr and Kb of the matrices that a `VideoColorSpace` names. */
const MATRICES = { smpte170m: [0.299, 0.114], bt709: [0.2126, 0.0722], "bt2020-ncl": [0.2627, 0.0593] };

/** Loads a picture {width, height, data: RGBA} with even sides; `source` is an encoded file or raw RGB of 640x480. */
export async function load(source) {
  const response = await fetch(source);
  if (response.headers.get("content-type") === "application/octet-stream") {
    const rgb = new Uint8Array(await response.arrayBuffer());
    const data = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
    for (let i = 0, o = 0; i < rgb.length; i += 3, o += 4) data.set(rgb.subarray(i, i + 3), o);
    return { width: 640, height: 480, data };
  }
  const bitmap = await createImageBitmap(await response.blob());
  const [width, height] = [bitmap.width & ~1, bitmap.height & ~1];
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** The planes of a picture in YCbCr 4:2:0: each chroma sample is the mean of its four pixels. */
function planes({ width, height, data }, matrix, fullRange) {
  const [kr, kb] = MATRICES[matrix];
  const [yScale, yOffset, cScale] = fullRange ? [1, 0, 255] : [219 / 255, 16, 224];
  const y = new Uint8ClampedArray(width * height);
  const chroma = () => new Float32Array((width / 2) * (height / 2)).fill(128);
  const [u, v] = [chroma(), chroma()];
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      const [r, g, b] = data.subarray(i * 4, i * 4 + 3);
      const luma = kr * r + (1 - kr - kb) * g + kb * b;
      y[i] = yOffset + yScale * luma;
      const at = (row >> 1) * (width / 2) + (column >> 1);
      u[at] += (cScale * (b - luma)) / (2 * (1 - kb)) / 255 / 4;
      v[at] += (cScale * (r - luma)) / (2 * (1 - kr)) / 255 / 4;
    }
  }
  return [y, Uint8ClampedArray.from(u), Uint8ClampedArray.from(v)];
}

function concatenated(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `label` is the matrix the frame claims, if it is not the one it was made with. */
function yuvFrame(picture, format, matrix, fullRange = false, label = matrix) {
  const [y, u, v] = planes(picture, matrix, fullRange);
  const interleaved = () => Uint8Array.from({ length: u.length * 2 }, (_, i) => (i & 1 ? v : u)[i >> 1]);
  const bytes = concatenated(format === "I420" ? [y, u, v] : [y, interleaved()]);
  const colorSpace = { matrix: label, primaries: "bt709", transfer: "bt709", fullRange };
  return videoFrame(bytes, picture, format, { colorSpace });
}

function videoFrame(bytes, { width, height }, format, more = {}) {
  return new VideoFrame(bytes, { format, codedWidth: width, codedHeight: height, timestamp: 0, ...more });
}

/** The picture as the visible part of a larger frame. */
function insetFrame(picture) {
  const [left, top, right, bottom] = [16, 32, 48, 16];
  const [width, height] = [picture.width + left + right, picture.height + top + bottom];
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < picture.height; y++) {
    const row = picture.data.subarray(y * picture.width * 4, (y + 1) * picture.width * 4);
    data.set(row, ((y + top) * width + left) * 4);
  }
  const [y, u, v] = planes({ width, height, data }, "bt709", false);
  const colorSpace = { matrix: "bt709", primaries: "bt709", transfer: "bt709", fullRange: false };
  const visibleRect = { x: left, y: top, width: picture.width, height: picture.height };
  return videoFrame(concatenated([y, u, v]), { width, height }, "I420", { colorSpace, visibleRect });
}

/** The picture on its side, marked to be rotated clockwise by 90 degrees. */
function rotatedFrame({ width, height, data }) {
  const turned = new Uint8ClampedArray(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = ((width - 1 - x) * height + y) * 4;
      turned.set(data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4), to);
    }
  }
  return videoFrame(turned, { width: height, height: width }, "RGBA", { rotation: 90 });
}

function canvasOf({ width, height, data }) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}

const bgra = (data) => Uint8Array.from(data, (_, i) => data[[i + 2, i, i - 2, i][i & 3]]);
const asFrame = (make) => (picture) => {
  const frame = make(picture);
  return [frame, frame];
};

/** Each form by name: makes a `frame` message's picture of a picture, and what to transfer. */
export const FORMATS = {
  canvas: (picture) => {
    const image = canvasOf(picture).getContext("2d").getImageData(0, 0, picture.width, picture.height);
    return [image, image.data.buffer];
  },
  ImageBitmap: async ({ data, width, height }) => {
    const bitmap = await createImageBitmap(new ImageData(data, width, height));
    return [bitmap, bitmap];
  },
  "RGBA frame": asFrame((picture) => videoFrame(picture.data, picture, "RGBA")),
  "BGRA frame": asFrame((picture) => videoFrame(bgra(picture.data), picture, "BGRA")),
  "frame of a canvas": asFrame((picture) => new VideoFrame(canvasOf(picture), { timestamp: 0 })),
  "I420, BT.601": asFrame((picture) => yuvFrame(picture, "I420", "smpte170m")),
  "I420, BT.601, full range": asFrame((picture) => yuvFrame(picture, "I420", "smpte170m", true)),
  "I420, BT.709": asFrame((picture) => yuvFrame(picture, "I420", "bt709")),
  "I420, BT.709, part of a larger frame": asFrame(insetFrame),
  "NV12, BT.601": asFrame((picture) => yuvFrame(picture, "NV12", "smpte170m")),
  "NV12, BT.709": asFrame((picture) => yuvFrame(picture, "NV12", "bt709")),
  "NV12, BT.709, full range": asFrame((picture) => yuvFrame(picture, "NV12", "bt709", true)),
  "RGBA frame on its side": asFrame(rotatedFrame),
};
/** Frames that claim wrong colours, which must be detected. */
export const WRONG = {
  "BT.709 that says BT.601": asFrame((picture) => yuvFrame(picture, "I420", "bt709", false, "smpte170m")),
  "BT.601 that says BT.709": asFrame((picture) => yuvFrame(picture, "NV12", "smpte170m", false, "bt709")),
};

/** The picture in three quarters of its columns, to be shown in all of them. */
function squeezedFrame(picture) {
  const { width, height } = picture;
  const narrow = (width * 3) / 4;
  const context = new OffscreenCanvas(narrow, height).getContext("2d");
  context.drawImage(canvasOf(picture), 0, 0, narrow, height);
  const { data } = context.getImageData(0, 0, narrow, height);
  const colorSpace = { matrix: "bt709", primaries: "bt709", transfer: "bt709", fullRange: false };
  const bytes = concatenated(planes({ width: narrow, height, data }, "bt709", false));
  return videoFrame(bytes, { width: narrow, height }, "I420", { displayWidth: width, displayHeight: height, colorSpace });
}

const WIDE = { matrix: "bt2020-ncl", primaries: "bt2020", transfer: "bt709", fullRange: false };
/** The picture in the colours of ultra-high definition. */
const wideFrame = (picture) => videoFrame(concatenated(planes(picture, WIDE.matrix, false)), picture, "I420", { colorSpace: WIDE });

/** The same in ten bits. */
function tenBitFrame(picture) {
  const bytes = Uint16Array.from(concatenated(planes(picture, WIDE.matrix, false)), (value) => value << 2);
  return videoFrame(bytes, picture, "I420P10", { colorSpace: WIDE });
}

/** Frames whose planes are not what a preview shows. */
export const SHOWN = {
  "pixels that are not square": squeezedFrame,
  "BT.2020": wideFrame,
  "BT.2020, ten bits": tenBitFrame,
  "on its side": rotatedFrame,
};

/** A form's frame, or null if this browser cannot make it. */
export function made(name, picture) {
  try {
    return SHOWN[name](picture);
  } catch (error) {
    // A format that it does not know, or does not do. Anything else is a fault of the recipe.
    if (error instanceof TypeError || error?.name === "NotSupportedError") return null;
    throw error;
  }
}

/** What a preview shows of a frame, as pixels. */
export function shownPixels(frame) {
  const [width, height] = [frame.displayWidth, frame.displayHeight];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(frame, 0, 0, width, height);
  frame.close();
  const image = context.getImageData(0, 0, width, height);
  return [image, image.data.buffer];
}

/** Whether this browser supports rotated frames. */
export const hasRotation = () => "rotation" in VideoFrame.prototype;

/** What may come at any time. */
const ASIDES = ["notes", "started", "loaded"];

/** Resolves with the worker's next message of this type; only asides may come before it. */
function answer(worker, type, accept = () => true) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data.type === type && accept(data)) resolve(data);
      else if (!ASIDES.includes(data.type)) reject(new Error(JSON.stringify(data)));
    };
    worker.onerror = (event) => reject(new Error(event.message || "the worker failed"));
  });
}

const PACKAGE = "/liveness-capture/";

/** What the package's page fetches for its worker. */
async function engineFiles() {
  const script = await (await fetch(`${PACKAGE}index.js`)).text();
  const [name] = /blazeface_short_range-[0-9a-f]{8}\.bin/.exec(script);
  const module = await WebAssembly.compileStreaming(fetch(`${PACKAGE}vision_bg.wasm`));
  return { module, weights: await (await fetch(PACKAGE + name)).arrayBuffer(), detector: null };
}

/** A worker that has loaded its model; the page keeps one. */
async function start() {
  const files = await engineFiles();
  const worker = new Worker(`${PACKAGE}worker.js`);
  const ready = answer(worker, "ready");
  worker.postMessage({ type: "files", files });
  worker.postMessage({ type: "init", cropRule: "square-context" });
  await ready;
  return worker;
}

let clock = 0;

async function send(worker, [picture, transfer]) {
  const analysed = answer(worker, "analysed");
  // A second apart, so that no frame continues the one before.
  clock += 1_000;
  worker.postMessage({ type: "frame", timestamp: clock, picture }, [transfer]);
  return analysed;
}

/** The picture kept by the worker: it is sent to this server, which returns it in base64. */
async function kept(worker) {
  const body = { type: "picture", index: 0 };
  const request = { method: "PUT", url: new URL("/kept.png", location.href).href, headers: [], credentials: "omit", timeoutMs: 5_000, body };
  let answered;
  const noted = answer(worker, "notes", ({ notes }) => (answered = notes.find(({ type }) => type !== "cut")));
  worker.postMessage({ type: "send", id: 1, run: 0, request });
  await noted;
  if (answered.type !== "answered") throw new Error(JSON.stringify(answered));
  return answered.body.png;
}

let engine = null;

/** What the worker finds in the picture in this form: {width, height, faces: number[][], crop: PNG in base64}. */
export async function analyse(picture, form) {
  const worker = await (engine ??= start());
  // An empty frame first, so that earlier findings do not help.
  const { width: w0, height: h0 } = picture;
  const empty = new ImageData(w0, h0);
  await send(worker, [empty, empty.data.buffer]);
  const { width, height, faces: numbers } = await send(worker, await form(picture));
  const faces = Array.from({ length: numbers.length / 17 }, (_, i) => [...numbers.subarray(i * 17, i * 17 + 17)]);
  if (faces.length === 0) return { width, height, faces, crop: null };
  const [, x, y, w, h] = faces[0];
  worker.postMessage({ type: "take", run: 0, index: 0, whole: false, face: [x, y, w, h] });
  return { width, height, faces, crop: await kept(worker) };
}
