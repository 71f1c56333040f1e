// Tables whose last column names tests, as `file::name` or `file.test.mjs` "title", and whether there are such tests.
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT } from "./documents.mjs";

/** The cells of each row of the table below a heading, without the table's own head and rows that divide it. */
export function rowsBelow(document, heading) {
  const section = readFileSync(join(ROOT, document), "utf8").split(`\n${heading}\n`)[1].split("\n## ")[0];
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(1).map((line) => line.split(" | ").map((cell) => cell.replace(/^\||\|$/g, "").trim())).filter(([first]) => !first.startsWith("**"));
}

/** All files below a folder with this ending, as name and text. */
const sources = (folder, ending) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending) && !(entry.parentPath ?? entry.path).includes("node_modules"))
    .map((entry) => ({ name: entry.name, text: readFileSync(join(entry.parentPath ?? entry.path, entry.name), "utf8") }));

const rust = sources("crates", ".rs");
const scripts = sources("tests", ".test.mjs");
/** The rules that every store is held to: functions without an attribute, run by a macro that lists them. */
const RULES = readFileSync(join(ROOT, "crates/gateway/src/store/conformance/mod.rs"), "utf8");

/** Whether a function of a source is a test that is run: one under an attribute that makes it one, and none that has it left out. */
export function isTest(source, name) {
  const lines = source.split("\n").map((line) => line.trim());
  return lines.some((line, at) => {
    if (!new RegExp(`^(pub(\\(\\w+\\))? )?(async )?fn ${name}\\b`).test(line)) return false;
    const above = lines.slice(0, at).reverse();
    const end = above.findIndex((before) => !before.startsWith("#[") && !before.startsWith("//"));
    const attributes = above.slice(0, end === -1 ? above.length : end);
    return attributes.some((one) => /^#\[(\w+::)?(wasm_bindgen_)?test\b/.test(one)) && !attributes.some((one) => one.startsWith("#[ignore"));
  });
}

/** Whether a script has a test whose title begins so. */
export const hasTitle = (script, title) => script.split(/\btest\(\s*["'`]/).slice(1).some((rest) => rest.startsWith(title));

/** The tests that a cell names and that do not exist. */
export function absent(cell) {
  const native = [...cell.matchAll(/`([a-z0-9_]+)::([a-z0-9_]+)`/g)].map(([whole, file, name]) => ({
    whole,
    exists: RULES.includes(` ${file}::${name},`) || rust.some((source) => source.name === `${file}.rs` && isTest(source.text, name)),
  }));
  const browser = [...cell.matchAll(/`([a-z_]+\.test\.mjs)` "([^"]+)"/g)].map(([whole, file, title]) => ({
    whole,
    exists: scripts.some((source) => basename(source.name) === file && hasTitle(source.text, title)),
  }));
  const named = [...native, ...browser];
  return named.length === 0 ? ["no test is named"] : named.filter(({ exists }) => !exists).map(({ whole }) => whole);
}
