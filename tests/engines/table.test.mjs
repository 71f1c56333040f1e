// What makes docs/browsers.md stale: another outcome, not another version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { claims, put, table } from "./lib/table.mjs";

const EMPTY = "# Browsers\n<!-- engines: begin -->\n<!-- engines: end -->\nThe rest.\n";
const document = (version, cell) => put(EMPTY, table([version], [{ title: "A file", cells: [cell] }]));

test("a document claims its rows, whatever the versions", () => {
  assert.deepEqual(claims(document("Chromium 1", "yes")), ["| A file | yes |"]);
  assert.deepEqual(claims(document("Chromium 1", "yes")), claims(document("Chromium 2", "yes")));
  assert.notDeepEqual(claims(document("Chromium 1", "yes")), claims(document("Chromium 1", "**no**")));
  assert.deepEqual(claims("no table"), []);
});

test("a table replaces the one before, and nothing else", () => {
  const once = document("Chromium 1", "yes");
  assert.equal(put(once, table(["Chromium 1"], [{ title: "A file", cells: ["yes"] }])), once);
  assert.ok(once.startsWith("# Browsers\n") && once.endsWith("<!-- engines: end -->\nThe rest.\n"));
  assert.throws(() => put("no table", "x"), /no place/);
});
