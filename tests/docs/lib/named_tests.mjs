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

/** The tests that a cell names and that do not exist. */
export function absent(cell) {
  const native = [...cell.matchAll(/`([a-z0-9_]+)::([a-z0-9_]+)`/g)].map(([whole, file, name]) => ({
    whole,
    exists: rust.some((source) => source.name === `${file}.rs` && new RegExp(`\\bfn ${name}\\b`).test(source.text)),
  }));
  const browser = [...cell.matchAll(/`([a-z_]+\.test\.mjs)` "([^"]+)"/g)].map(([whole, file, title]) => ({
    whole,
    exists: scripts.some((source) => basename(source.name) === file && source.text.includes(title)),
  }));
  const named = [...native, ...browser];
  return named.length === 0 ? ["no test is named"] : named.filter(({ exists }) => !exists).map(({ whole }) => whole);
}
