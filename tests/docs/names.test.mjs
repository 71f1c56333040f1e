// What the documents name exists: events, custom properties, variables of the environment, entries; in what is meant for coding
// assistants, everything between backquotes.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import ts from "typescript";
import { load } from "../js/load.mjs";
import { ENVIRONMENT, flagsOfTheGateway } from "./lib/commands.mjs";
import { DOCUMENTS, ROOT, codeSpans } from "./lib/documents.mjs";

const read = (path) => readFileSync(join(ROOT, path), "utf8");
const manifest = JSON.parse(read("pkg/package.json"));
const element = read("docs/element.md");
const { ATTRIBUTES } = await load("element/attributes");
const openapi = JSON.parse(read("docs/openapi.json"));

/** Entries of the package, and files that can be named under it. */
const ENTRIES = new Set(Object.keys(manifest.exports).map((name) => `liveness-capture${name.slice(1)}`));

/** Every name that the declarations export, with the members of what they export. */
function declared() {
  const files = Object.values(manifest.exports).flatMap(({ types }) => (types ? [join(ROOT, "pkg", types)] : []));
  const program = ts.createProgram(files, { moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, skipLibCheck: true, types: [] });
  const checker = program.getTypeChecker();
  const names = new Set();
  for (const file of files) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    for (const symbol of checker.getExportsOfModule(module)) {
      names.add(symbol.name);
      const type = checker.getDeclaredTypeOfSymbol(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
      for (const { name } of checker.getPropertiesOfType(type)) names.add(name);
    }
  }
  return names;
}

/** Everywhere: what begins with our own name. */
const EVERYWHERE = [
  [/^liveness-[a-z]+$/, (name) => ENTRIES.has(name) || element.includes(`\`${name}\``) || ["liveness-capture-onnx", "liveness-check", "liveness-gateway", "liveness-protocol"].includes(name) || existsSync(join(ROOT, "crates", name.replace("liveness-", ""))), "event, element or package"],
  [/^--liveness-[a-z-]+$/, (name) => element.includes(`\`${name}\``), "custom property"],
  [/^(LIVENESS|MOVERIS)_[A-Z_]+$/, (name) => ENVIRONMENT.has(name), "variable of the environment"],
  [/^liveness-capture\/[a-z./_-]+$/, (name) => ENTRIES.has(name), "entry of the package"],
  [/^--(allow|serve|max|session|verdict|static|model|cross|upstream|default|base)-[a-z-]+$/, (name) => flagsOfTheGateway().has(name), "flag of the gateway"],
];
const strange = (text) => EVERYWHERE.filter(([form, exists]) => form.test(text) && !exists(text)).map(([, , what]) => `${text} is no ${what}`);

describe("what is named exists", () => {
  for (const document of DOCUMENTS) {
    test(document, () => {
      const faults = codeSpans(document).flatMap(({ text, line }) => strange(text.split(/[ =]/)[0]).map((why) => `${document}:${line}: ${why}`));
      assert.deepEqual(faults, []);
    });
  }
});

/** Words between backquotes that are nobody's name but the platform's. */
const PLATFORM = new Set(
  `getUserMedia AGENTS.md CLAUDE.md .cursor/rules VITE_… NEXT_PUBLIC_… 'unsafe-eval' 'unsafe-inline' 'wasm-unsafe-eval' https:// localhost
  allow="camera" GATEWAY_URL llms.txt llms-full.txt .md .html ai-rules.md Authorization: live fake inconclusive complete http://127.0.0.1:8080 https://liveness.example --use-fake-device-for-media-stream`.split(/\s+/),
);

describe("what coding assistants are told", () => {
  const names = declared();
  const codes = new Set([...read("docs/errors.md").matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code));
  const paths = Object.keys(openapi.paths);

  function isKnown(text) {
    if (/^(GET|POST|PUT|DELETE) \//.test(text)) return paths.includes(text.split(" ")[1]);
    if (/^<[a-z-]+>$/.test(text)) return text === "<liveness-check>";
    if (/^cargo xtask (\w+)/.test(text)) return read("xtask/src/usage.rs").includes(`  ${text.split(" ")[2]}`);
    const [first] = text.split(/[ (=]/);
    if (PLATFORM.has(text) || PLATFORM.has(first) || codes.has(first) || ENTRIES.has(first) || ENVIRONMENT.has(first) || first in ATTRIBUTES) return true;
    if (/^--/.test(first)) return flagsOfTheGateway().has(first);
    if (/^docs\//.test(first)) return existsSync(join(ROOT, first));
    if (/^liveness-/.test(first)) return element.includes(`\`${first}\``);
    // An expression: each part of it is somebody's.
    return first.split(".").every((part) => names.has(part) || part === "change");
  }

  for (const document of ["docs/ai-rules.md", "docs/ai.md"]) {
    test(document, () => {
      const faults = codeSpans(document).filter(({ text }) => !isKnown(text));
      assert.deepEqual(faults.map(({ text, line }) => `${document}:${line}: ${text}`), []);
    });
  }

  test("what does not exist is found", () => {
    for (const text of ["verifyLiveness", "start-check", "liveness-done", "GET /api/v1/verdicts", "<liveness-widget>", "--allow-everything", "cargo xtask frobnicate", "docs/no-such.md", "openSession.nothing"]) {
      assert.equal(isKnown(text), false, text);
    }
  });
});
