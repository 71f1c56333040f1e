// Every block of code is what it says: the same as a file, JSON, known commands, or a language that another test reads.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import ts from "typescript";
import { commandsOf, faultOf } from "./lib/commands.mjs";
import { DOCUMENTS, ROOT, WRITTEN_FROM_CODE, blocks } from "./lib/documents.mjs";

const SCRIPTS = ["js", "ts", "tsx", "jsx"];
/** Read by types.test.mjs. */
const TYPED = [...SCRIPTS, "html"];
/** Only for people: drawings, policies, prompts, what a program prints. */
const TEXT = ["text", "markdown"];

/** The lines without what all of them are indented by, and without what ends them. */
function unindented(text) {
  const lines = text.replace(/\s+$/, "").split("\n").map((line) => line.trimEnd());
  const margin = Math.min(...lines.filter(Boolean).map((line) => /^ */.exec(line)[0].length));
  return lines.map((line) => line.slice(margin));
}

/** Whether `part` is a whole number of consecutive lines of `whole`, wherever they are indented to. */
export function isPartOf(part, whole) {
  const lines = whole.split("\n");
  const wanted = unindented(part);
  for (let at = 0; at + wanted.length <= lines.length; at++) {
    const found = unindented(lines.slice(at, at + wanted.length).join("\n"));
    if (found.length === wanted.length && found.every((line, index) => line === wanted[index])) return true;
  }
  return false;
}

/** Where a script breaks off, or null: part of a file may be quoted, half a function not. */
function brokenOff({ language, text }) {
  const fileName = `block.${language}`;
  const { diagnostics } = ts.transpileModule(text, { fileName, reportDiagnostics: true, compilerOptions: { jsx: ts.JsxEmit.Preserve, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
  return diagnostics.length > 0 ? ts.flattenDiagnosticMessageText(diagnostics[0].messageText, " ") : null;
}

function sameAsFile(block) {
  const { file, values, text, language } = block;
  const path = join(ROOT, file);
  if (!existsSync(path)) return `there is no ${file}`;
  const content = readFileSync(path, "utf8").replace(/__([A-Z][A-Z_]*)__/g, (mark, name) => values[name] ?? mark);
  if (!isPartOf(text, content)) return `differs from ${file}`;
  if (!SCRIPTS.includes(language)) return null;
  // A program that is quoted without its end parses, and does nothing.
  const isWhole = !file.startsWith("docs/recipes/") || content.trimEnd().endsWith(text.trimEnd());
  return isWhole ? brokenOff(block) : `breaks off before the end of ${file}`;
}

/** What is wrong with a block, or null. */
function fault(block) {
  const { language, info, text, file } = block;
  if (file) return sameAsFile(block);
  // Lines of files, each somewhere in it (CONTRIBUTING.md); crates/capture/tests compares those of a gate.
  const [, path] = /^\w+ (\S+\/\S+)$/.exec(info) ?? [];
  if (path) {
    const content = existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : "";
    const missing = text.split("\n").filter((line) => !content.includes(line.trim()));
    return missing.length > 0 ? `${path} has no ${missing[0]}` : null;
  }
  if (TYPED.includes(language) || TEXT.includes(language)) return null;
  if (language === "json") {
    try {
      JSON.parse(text);
      return null;
    } catch (error) {
      return error.message;
    }
  }
  if (language === "sh") return commandsOf(text).map((line) => faultOf(line)).find(Boolean) ?? null;
  return language ? `nothing tests ${language}: make it a file, and say so with <!-- file: PATH -->` : "say its language";
}

describe("blocks of code", () => {
  for (const document of DOCUMENTS.filter((path) => !WRITTEN_FROM_CODE.includes(path))) {
    test(document, () => {
      const faults = blocks(document).map((block) => [block, fault(block)]).filter(([, why]) => why);
      assert.deepEqual(faults.map(([{ line, language }, why]) => `${document}:${line} (${language}): ${why}`), []);
    });
  }
});

test("who loads a file from the gateway is told how it comes to serve files", () => {
  const from = /https:\/\/liveness\.example\/(liveness-capture\/|embed)/;
  const pages = DOCUMENTS.filter((document) => blocks(document).some(({ text }) => from.test(text)));
  assert.ok(pages.length >= 4, pages.join());
  for (const document of pages) {
    const text = readFileSync(join(ROOT, document), "utf8");
    assert.match(text, /gateway\.md#build-and-start-it/, document);
    assert.match(text, /--static-dir/, document);
    assert.match(text, /--allow-(origin|frame)/, document);
    const started = blocks(document).filter(({ language }) => language === "sh").flatMap(({ text }) => commandsOf(text)).filter((line) => /liveness-gateway/.test(line));
    assert.deepEqual(started.filter((line) => !/--static-dir/.test(line)), [], document);
  }
});

test("what is wrong is found", () => {
  const block = (language, text, file = null, values = {}) => ({ language, info: language, text, file, values });
  assert.match(fault(block("json", "{ a: 1 }")), /JSON/);
  assert.match(fault(block("sh", "cargo xtask frobnicate")), /no frobnicate/);
  assert.match(fault(block("sh", "cargo xtask demo --prot 1")), /knows no --prot/);
  assert.match(fault(block("sh", "npx somebody-elses-tool")), /not ours/);
  assert.match(fault(block("sh", "liveness-gateway --no-such-flag")), /knows no --no-such-flag/);
  assert.match(fault(block("sh", "LIVENESS_SERVERKEY=x cargo xtask demo")), /nothing reads LIVENESS_SERVERKEY/);
  assert.equal(fault(block("sh", "LIVENESS_SERVER_KEY=x cargo xtask demo --port 9000 # there")), null);
  assert.match(fault(block("sh", "curl http://127.0.0.1:8080/api/v1/verdicts")), /has no \/api\/v1\/verdicts/);
  assert.match(fault(block("cobol", "")), /nothing tests cobol/);
  assert.match(fault(block("toml", "a = 1", "xtask/Cargo.toml")), /differs from/);
  assert.equal(fault(block("toml", 'name = "xtask"', "xtask/Cargo.toml")), null);
  assert.match(fault(block("js", readFileSync(join(ROOT, "docs/recipes/server.mjs"), "utf8").split("\n").slice(0, 12).join("\n"), "docs/recipes/server.mjs")), /breaks off/);
  assert.match(fault(block("js", "const frame = mountLivenessFrame(document.getElementById(\"check\"), {\n", "tests/packages/templates/iframe/module.js")), /expected/);
  assert.ok(isPartOf("if (a) {\n  b();\n}\n", "f() {\n  if (a) {\n    b();\n  }\n}"));
  assert.ok(!isPartOf("a();\nc();", "a();\nb();\nc();"));
});
