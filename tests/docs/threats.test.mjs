// The security model names a test for every claim, and there is such a test.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { absent, hasTitle, isTest, rowsBelow } from "./lib/named_tests.mjs";

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

test("what nobody runs is no test", () => {
  const rust = "#[test]\nfn a() {}\nfn b() {}\n#[tokio::test(start_paused = true)]\n/// c\nasync fn c() {}\n#[test]\n#[ignore = \"long\"]\nfn d() {}\n#[cfg(test)]\nfn e() {}";
  assert.deepEqual(["a", "b", "c", "d", "e", "f"].map((name) => isTest(rust, name)), [true, false, true, false, false, false]);
  const script = "// says so\ntest(\"is told at once\", () => {});\ntest.skip('is left out', () => page.say(\"never\"));";
  assert.deepEqual(["is told", "told at once", "says so", "is left out", "never"].map((title) => hasTitle(script, title)), [true, false, false, false, false]);
  assert.deepEqual(absent("`claims::a_verdict_is_used_once`"), [], "a rule of the stores");
  assert.deepEqual(absent("`claims::a_rule_that_is_not_listed`, `bounds::opened_by`"), ["`claims::a_rule_that_is_not_listed`", "`bounds::opened_by`"]);
});
