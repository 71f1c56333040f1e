// A page's own words: what they replace, what they leave, and in which language they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { ENGLISH, directionOf, sentences, withOwn } = await load("element/language");
const { present, timeLeft } = await load("element/present");
const { IDLE } = await load("core/idle");
const { WORDS } = await load("words/en");

const situation = (language) => ({ language, fromFile: false, mirrored: true, withheld: false, whole: false, releases: true });
const show = (language, snapshot) => present({ ...IDLE, ...snapshot }, situation(language));

test("what is not there stays, in the tables within tables too", () => {
  for (const [group, table] of Object.entries(WORDS)) {
    for (const [name, said] of Object.entries(table)) {
      const own = withOwn(WORDS, { [group]: { [name]: typeof said === "string" ? "Ours" : ["Ours", "This."] } });
      const others = Object.keys(table).filter((other) => other !== name);
      assert.deepEqual(others.map((other) => own[group][other]), others.map((other) => table[other]), `${group} ${name}`);
      assert.match(JSON.stringify(own[group][name]), /Ours/);
      if (typeof said !== "object" || Array.isArray(said) || "other" in said) continue;
      for (const key of Object.keys(said)) {
        const one = withOwn(WORDS, { [group]: { [name]: { [key]: ["Ours", "This."] } } });
        assert.deepEqual(one[group][name], { ...said, [key]: ["Ours", "This."] }, `${group} ${name} ${key}`);
      }
    }
  }
  for (const none of [{}, { element: undefined }, { element: null }, { element: { start: undefined, verdicts: null, states: {} } }]) assert.deepEqual(withOwn(ENGLISH, none), ENGLISH);
});

test("every verdict and state has its words when a page has some of its own", () => {
  const language = withOwn(ENGLISH, { element: { verdicts: { fake: ["No", "Sorry."] }, states: { loading: ["Wait", ""] }, fileStates: { loading: ["Wait", ""] } } });
  const verdicts = ["live", "fake", "inconclusive"].map((verdict) => show(language, { state: "done", verdict: { verdict } }).title);
  assert.deepEqual(verdicts, [ENGLISH.element.verdicts.live[0], "No", ENGLISH.element.verdicts.inconclusive[0]]);
  assert.deepEqual(["loading", "positioning"].map((state) => show(language, { state }).title), ["Wait", ENGLISH.element.states.positioning[0]]);
});

test("a plural that has its own `other` is whole; one that has not adds a form", () => {
  const count = (taken) => show(withOwn(ENGLISH, { element: { taken } }), { state: "capturing", framesTaken: 1, framesRequired: 1 }).count;
  assert.equal(count({ other: "{n}/{total}" }), "1/1", "not with a form of the package's for one");
  assert.equal(count({ one: "the one" }), "the one");
  assert.equal(show(withOwn(ENGLISH, { element: { taken: { one: "the one" } } }), { state: "capturing", framesTaken: 1, framesRequired: 5 }).count, "1 of 5 pictures");
});

test("own words may be in a language that the package has none of: its numbers, its direction, its sentences", () => {
  const arabic = withOwn(ENGLISH, { lang: "fa", element: { timeLeft: { other: "{n} ثانیه" } } });
  assert.deepEqual([arabic.tag, timeLeft(arabic, 20)], ["fa", "۲۰ ثانیه"]);
  assert.equal(withOwn(ENGLISH, { lang: "pt_br" }).tag, "pt-BR");
  for (const none of [undefined, "", "no tag at all", 5, "x"]) assert.equal(withOwn({ ...ENGLISH, tag: "en-GB" }, { lang: none }).tag, "en-GB", `${none}`);
  assert.ok(!("lang" in withOwn(ENGLISH, { lang: "he" })));
  assert.equal(sentences({ tag: "zh-Hant" }, "一。", "二。"), "一。二。");
});

test("which way a language runs is its script's to say", () => {
  const right = ["ar", "he", "iw", "fa-IR", "ur", "ps", "yi", "ug", "dv", "ckb", "pa-Arab", "az-Arab"];
  const left = ["en", "arn", "de", "ja", "pa", "ku", "ar-Latn", "az", "", "no tag at all"];
  assert.deepEqual(right.map(directionOf), right.map(() => "rtl"));
  assert.deepEqual(left.map(directionOf), left.map(() => "ltr"));
});
