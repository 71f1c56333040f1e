// A strict reader for the only kind of PNG that may be uploaded: 8-bit RGB with nothing but picture data.
import { inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const ALLOWED = ["IHDR", "IDAT", "IEND"];

/** Decodes to {width, height, pixels (RGB)}; throws on any other kind of file. */
export function decodePng(bytes) {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error("not a PNG");
  const data = [];
  const seen = [];
  let header = null;
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (bytes.readUInt32BE(at + 8 + length) !== checksum(bytes.subarray(at + 4, at + 8 + length))) throw new Error(`bad checksum of ${type}`);
    if (!ALLOWED.includes(type)) throw new Error(`unexpected chunk ${type}`);
    seen.push(type);
    if (type === "IHDR") header = body;
    if (type === "IDAT") data.push(body);
    at += 12 + length;
  }
  if (seen[0] !== "IHDR" || seen.at(-1) !== "IEND") throw new Error(`chunks are ${seen}`);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, colour, , , interlace] = header.subarray(8);
  if (depth !== 8 || colour !== 2 || interlace !== 0) throw new Error(`depth ${depth}, colour type ${colour}, interlace ${interlace}`);
  return { width, height, pixels: unfilter(inflateSync(Buffer.concat(data)), width, height) };
}

function unfilter(raw, width, height) {
  const stride = width * 3;
  if (raw.length !== (stride + 1) * height) throw new Error(`${raw.length} bytes of picture data`);
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const value = raw[y * (stride + 1) + 1 + x];
      const left = x >= 3 ? pixels[y * stride + x - 3] : 0;
      const up = y > 0 ? pixels[(y - 1) * stride + x] : 0;
      const corner = x >= 3 && y > 0 ? pixels[(y - 1) * stride + x - 3] : 0;
      pixels[y * stride + x] = value + predicted(filter, left, up, corner);
    }
  }
  return pixels;
}

function predicted(filter, left, up, corner) {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const estimate = left + up - corner;
      const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value));
      return a <= b && a <= c ? left : b <= c ? up : corner;
    }
    default:
      throw new Error(`unknown filter ${filter}`);
  }
}

/** CRC-32; the oldest Node we support has none of its own. */
export function checksum(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
