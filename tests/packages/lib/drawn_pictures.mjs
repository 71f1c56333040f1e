// Pictures of nobody as the official client sends them: PNG in base64, small frames and crops of a drawn face.
import { deflateSync } from "node:zlib";
import { HEIGHT, WIDTH, faceVideo } from "../../e2e/lib/drawn_face.mjs";
import { checksum } from "../../e2e/lib/png.mjs";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Between two pictures. */
const STEP_MS = 100;
/** What a page would cut: the face and as much again around it. */
const SQUARE = { left: 110, top: 6, side: 420 };
const CROP_SIDE = 224;

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(checksum(body));
  return Buffer.concat([length, body, sum]);
}

/** 8-bit RGB as PNG. */
function png(pixels, width, height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const rows = Buffer.alloc(height * (3 * width + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(3 * y * width, 3 * (y + 1) * width), y * (3 * width + 1) + 1);
  const data = chunk("IDAT", deflateSync(rows, { level: 1 }));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), data, chunk("IEND", Buffer.alloc(0))]);
}

/** A part of a drawn frame at another size, by the nearest pixels. */
function part(frame, { left, top, width, height }, [outWidth, outHeight]) {
  const out = Buffer.alloc(3 * outWidth * outHeight);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const from = 3 * ((top + Math.floor((y * height) / outHeight)) * WIDTH + left + Math.floor((x * width) / outWidth));
      out.set(frame.subarray(from, from + 3), 3 * (y * outWidth + x));
    }
  }
  return png(out, outWidth, outHeight).toString("base64");
}

const paint = faceVideo();
const drawn = [];
const cached = new Map();

/** Drawing takes a moment: a few frames are enough. */
function frame(index) {
  while (drawn.length <= index) drawn.push(Buffer.from(paint(3 * drawn.length)));
  return drawn[index];
}

function once(key, make) {
  if (!cached.has(key)) cached.set(key, make());
  return cached.get(key);
}

const list = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** Up to ten frames, as `{ index, timestampMs, pixels }`: 320x240. */
export function drawnFrames(count) {
  const whole = { left: 0, top: 0, width: WIDTH, height: HEIGHT };
  const pixels = (index) => once(`frame ${index}`, () => part(frame(index), whole, [WIDTH / 2, HEIGHT / 2]));
  return list(count, (index) => ({ index, timestampMs: STEP_MS * index, pixels: pixels(index) }));
}

/** `{ index, pixels }`: 224x224, no two alike: they are cut from ten frames, at different places. */
export function drawnCrops(count) {
  const { left, top, side } = SQUARE;
  const square = (index) => ({ left: left + Math.floor(index / 10), top, width: side, height: side });
  const pixels = (index) => once(`crop ${index}`, () => part(frame(index % 10), square(index), [CROP_SIDE, CROP_SIDE]));
  return list(count, (index) => ({ index, pixels: pixels(index) }));
}
