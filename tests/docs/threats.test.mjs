// The security model names a test for every claim, and there is such a test.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { absent, rowsBelow } from "./lib/named_tests.mjs";

const claims = rowsBelow("docs/security.md", "## What is prevented, by what, and the test that shows it");

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
