// Prints the sizes in bytes of files, raw and as a server would send them. Arguments: brotli's quality and a path, in turn.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [, ...args] = process.argv;
const sizes = [];
for (let at = 0; at < args.length; at += 2) {
  const [quality, path] = [Number(args[at]), args[at + 1]];
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const gzip = gzipSync(bytes, { level: 9 }).length;
  sizes.push({ file: basename(path), raw: bytes.length, gzip, brotli: brotliCompressSync(bytes, { params }).length });
}
console.log(JSON.stringify(sizes));
