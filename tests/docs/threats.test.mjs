// The security model names a test for every claim, and there is such a test.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "./lib/documents.mjs";

const HEADING = "## What is prevented, by what, and the test that shows it";

const section = readFileSync(join(ROOT, "docs/security.md"), "utf8").split(HEADING)[1].split("\n## ")[0];
const rows = section.split("\n").filter((line) => line.startsWith("| ")).map((line) => line.split(" | ").map((cell) => cell.replace(/^\||\|$/g, "").trim()));
const claims = rows.filter(([attempt]) => attempt !== "Attempt" && !attempt.startsWith("**"));

/** All files below a folder with this ending, as name and text. */
const sources = (folder, ending) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending) && !(entry.parentPath ?? entry.path).includes("node_modules"))
    .map((entry) => ({ name: entry.name, text: readFileSync(join(entry.parentPath ?? entry.path, entry.name), "utf8") }));

const rust = sources("crates", ".rs");
const scripts = sources("tests", ".test.mjs");

/** The tests that a cell names and that do not exist. */
function absent(cell) {
  const native = [...cell.matchAll(/`([a-z_]+)::([a-z_]+)`/g)].map(([whole, file, name]) => ({
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

describe("docs/security.md", () => {
  test("has claims, each of three cells", () => {
    assert.ok(claims.length > 20, `${claims.length} claims`);
    for (const claim of claims) assert.equal(claim.length, 3, claim[0]);
  });
  for (const [attempt, , tests] of claims) {
    test(attempt, () => assert.deepEqual(absent(tests ?? ""), []));
  }
});

test("a test that is gone is noticed", () => {
  assert.deepEqual(absent("`sessions::time_runs_out`"), []);
  assert.deepEqual(absent("`sessions::no_such_test`, `page.test.mjs` \"no such title\""), ["`sessions::no_such_test`", "`page.test.mjs` \"no such title\""]);
  assert.deepEqual(absent("nothing"), ["no test is named"]);
});
