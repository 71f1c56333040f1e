// Type-checks fragments of code against the package's declarations.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./documents.mjs";

const DIST = join(ROOT, "pkg/dist");
const manifest = JSON.parse(readFileSync(join(ROOT, "pkg/package.json"), "utf8"));

/** What can be imported, and where its types are: by the package's name, and by addresses under which pages load it. */
function paths() {
  const entries = Object.entries(manifest.exports).filter(([, target]) => target.types);
  const named = entries.map(([name, { types }]) => [`liveness-capture${name.slice(1)}`, [join(ROOT, "pkg", types)]]);
  const served = ["/liveness-capture/*", "/liveness/*", "https://liveness.example/liveness-capture/*"].map((pattern) => [pattern, [join(DIST, "*")]]);
  const detector = ["liveness-capture-onnx", [join(ROOT, "pkg/onnx/index.d.ts")]];
  return Object.fromEntries([...named, ...served, detector]);
}

const COMMON = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: ["node"],
  typeRoots: [join(ROOT, "node_modules/@types")],
  jsx: ts.JsxEmit.ReactJSX,
  skipLibCheck: true,
  noEmit: true,
  paths: paths(),
};
/** JavaScript is read as an editor reads it, TypeScript strictly. */
const KINDS = { js: { allowJs: true, checkJs: true, strict: false }, ts: { strict: true } };

/**
 * Compiles `[{ name, text }]`, names ending in .js, .jsx, .ts or .tsx. Gives the faults by name.
 */
export function compile(sources) {
  const faults = new Map(sources.map(({ name }) => [name, []]));
  for (const [kind, options] of Object.entries(KINDS)) {
    const own = sources.filter(({ name }) => name.includes(`.${kind}`));
    if (own.length > 0) compileAll(own, { ...COMMON, ...options }, faults);
  }
  return faults;
}

function compileAll(sources, options, faults) {
  const folder = join(ROOT, "tests/docs/fragments");
  const files = new Map(sources.map(({ name, text }) => [join(folder, name), text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists.call(host, path);
  host.readFile = (path) => files.get(path) ?? readFile.call(host, path);
  host.getSourceFile = (path, ...rest) => (files.has(path) ? ts.createSourceFile(path, files.get(path), rest[0], true) : getSourceFile.call(host, path, ...rest));
  const given = join(ROOT, "tests/docs/lib/given.d.ts");
  const program = ts.createProgram([given, ...files.keys()], options, host);
  for (const [path] of files) {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    for (const { start, messageText } of found) {
      const { line } = source.getLineAndCharacterOfPosition(start ?? 0);
      faults.get(path.slice(folder.length + 1)).push(`line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    }
  }
}

export const isBuilt = () => existsSync(join(DIST, "index.d.ts"));
