// Servers that do not have what the package needs, or say it is something else.
import { moduleTag, page } from "../lib/pages.mjs";
import { assertFailure, assertVerdict } from "../lib/visit.mjs";
import { plain } from "./pages.mjs";

/** The package's files: what they are, their paths, and their names as the error has to tell them. */
const FILES = [
  ["the weights", /\.bin$/, /blazeface\w*-[0-9a-f]+\.bin/],
  ["the worker's module", /\/vision\w*_bg\.wasm$/, /vision\w*_bg\.wasm/],
  ["the page's module", /\/host_bg\.wasm$/, /host_bg\.wasm/],
  ["the worker", /\/worker\.js$/, /worker\.js/],
];

/** Serves the package with a fault and hands over how the check ended. */
const withFault = (fault, judge) => (world, { root, entry }) =>
  world.static({ root, pages: { "/": page(moduleTag(entry, { report: "/report.js" })) }, ...fault }, async ({ url }) => judge(await world.check(url)));

const missing = FILES.flatMap(([what, path, name]) => [
  {
    name: `error: ${what} missing`,
    prepare: plain,
    run: withFault({ missing: path }, (done) => assertFailure(done, { code: "engine_file_missing", names: [name] })),
  },
  {
    name: `error: index.html in place of ${what}`,
    prepare: plain,
    run: withFault({ missing: path, fallback: true }, (done) =>
      assertFailure(done, { code: ["engine_file_missing", "engine_wrong_mime_type"], names: [name, /html|web page/i] }),
    ),
  },
]);

const nosniff = { "x-content-type-options": "nosniff" };

export const missingFiles = [
  ...missing,
  {
    name: "a server that knows no type for .wasm and .bin",
    prepare: plain,
    run: withFault({ types: { ".wasm": "application/octet-stream", ".bin": "text/plain" }, headers: nosniff }, assertVerdict),
  },
  {
    name: "error: worker.js as text/plain",
    prepare: plain,
    run: withFault(
      // The page's own scripts have their type, as they would not run otherwise.
      { headers: (path) => (path.endsWith("/worker.js") ? { ...nosniff, "content-type": "text/plain" } : {}) },
      (done) => assertFailure(done, { code: "engine_wrong_mime_type", names: [/worker\.js/, /text\/plain/] }),
    ),
  },
];
