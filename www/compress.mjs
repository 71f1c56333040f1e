// Writes main.js.br and main.js.gz beside main.js, and so on for whatever in www/dist gets smaller: the gateway serves them to
// whoever takes them.
import { readFile, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");
const ENDINGS = new Set([".bin", ".css", ".html", ".js", ".json", ".md", ".mjs", ".svg", ".txt", ".wasm", ".xml"]);
/** What fits into a packet or two is not worth it. */
const FEWEST_BYTES = 1024;
/** Nor is what hardly gets smaller. */
const WORTH = 0.95;
/** The highest, 11, takes ten times as long for a tenth less. */
const QUALITY = 9;

const brotli = (bytes) =>
  promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
const FORMS = { br: brotli, gz: (bytes) => promisify(gzip)(bytes, { level: 9 }) };

const entries = await readdir(dist, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile() && ENDINGS.has(extname(entry.name))).map((entry) => join(entry.parentPath, entry.name));
await Promise.all(
  files.map(async (file) => {
    const bytes = await readFile(file);
    if (bytes.length < FEWEST_BYTES) return;
    const { atime, mtime } = await stat(file);
    for (const [ending, compress] of Object.entries(FORMS)) {
      const compressed = await compress(bytes);
      if (compressed.length > bytes.length * WORTH) continue;
      await writeFile(`${file}.${ending}`, compressed);
      // Of the same age: an older one would be taken for that of an earlier file.
      await utimes(`${file}.${ending}`, atime, mtime);
    }
  }),
);
