// What is said of faults, attacks and trials names a test for each, and there is such a test.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { absent, rowsBelow } from "./lib/named_tests.mjs";

const TABLES = [
  { heading: "## What fails, and what is lost", cells: 4, rows: 18 },
  { heading: "## What a hostile client tries", cells: 3, rows: 12 },
  { heading: "## Trials with other people's faults", cells: 4, rows: 7 },
];

for (const { heading, cells, rows } of TABLES) {
  describe(`docs/faults.md, ${heading.slice(3)}`, () => {
    const found = rowsBelow("docs/faults.md", heading);
    test("has its rows", () => {
      assert.ok(found.length >= rows, `${found.length} rows`);
      for (const row of found) assert.equal(row.length, cells, row[0]);
    });
    for (const row of found) {
      test(row[0], () => assert.deepEqual(absent(row.at(-1)), []));
    }
  });
}

test("nothing is lost", () => {
  for (const [fault, , lost] of rowsBelow("docs/faults.md", TABLES[0].heading)) assert.match(lost, /^nothing/, fault);
});
