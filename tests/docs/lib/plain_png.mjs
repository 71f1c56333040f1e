// A picture as the page sends it: 224x224, 8-bit RGB.
import { deflateSync } from "node:zlib";
import { checksum } from "../../e2e/lib/png.mjs";

const SIDE = 224;

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(checksum(named));
  return Buffer.concat([size, named, sum]);
}

/** One of one colour, which `seed` decides. */
export function plainPng(seed) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.from([0, ...Array(SIDE).fill([seed * 20, 120, 90]).flat()]);
  const rows = Buffer.concat(Array(SIDE).fill(row));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}
