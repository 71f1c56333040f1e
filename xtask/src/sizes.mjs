// Prints the sizes in bytes of the files named on the command line, raw and as a server would send them.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const sizes = process.argv.slice(1).map((path) => {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const gzip = gzipSync(bytes, { level: 9 }).length;
  return { file: basename(path), raw: bytes.length, gzip, brotli: brotliCompressSync(bytes, { params }).length };
});
console.log(JSON.stringify(sizes));
