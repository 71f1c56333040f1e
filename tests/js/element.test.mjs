// What <liveness-check> shows and says, without a browser; and that its documentation says the same as its code.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { load } from "./load.mjs";

const { present, told } = await load("element/present");
const { IDLE } = await load("core/idle");
const { ENGLISH, LANGUAGES, directionOf, languageFor, loadLanguage, withOwn } = await load("element/language");
const { ATTRIBUTES, ROWS, fromAttribute, optionsFrom, toAttribute } = await load("element/attributes");
const { Steady } = await load("element/steady");
const { Countdown } = await load("element/countdown");
const { choices } = await load("element/picker");
const { adopt } = await load("element/adopt");
const { CHECK_OPTIONS } = await load("generated/options");
const { WORDS: ENGLISH_WORDS } = await load("words/en");

const STATES = ["idle", "requesting-camera", "loading", "positioning", "capturing", "uploading", "verifying", "done", "failed", "cancelled"];
const situation = (changes = {}) => ({ language: ENGLISH, fromFile: false, mirrored: true, withheld: false, whole: false, releases: true, ...changes });
const show = (snapshot, changes) => present({ ...IDLE, ...snapshot }, situation(changes));
const verdict = (word) => ({ state: "done", verdict: { verdict: word, score: 50 } });
const source = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

test("importing it where there is no DOM has no effect and throws nothing", async () => {
  assert.equal(globalThis.HTMLElement, undefined);
  const { LivenessCheckElement } = await load("element/index");
  assert.equal(LivenessCheckElement.formAssociated, true);
});

test("what a page has set before the class is there reaches the accessors, and nothing else is touched", () => {
  const set = [];
  class Late {
    get words() { return "the class's"; }
    set words(value) { set.push(value); }
    get snapshot() { return "the class's"; }
    start() {}
  }
  const early = Object.setPrototypeOf({ words: 1, snapshot: 2, start: 3, shop: 4 }, Late.prototype);
  adopt(early, Late.prototype);
  assert.deepEqual([set, early.words, Object.keys(early)], [[1], "the class's", ["snapshot", "start", "shop"]]);
});

test("every state has a view, and once it runs a heading and something to hear, in every language", async () => {
  for (const name of LANGUAGES) {
    const language = name === "en" ? ENGLISH : { ...(await load(`words/${name}`)).WORDS, tag: name };
    for (const state of STATES) {
      for (const fromFile of [false, true]) {
        const error = state === "failed" ? { code: "network_error", title: "x", advice: ["y"] } : null;
        const shown = show({ state, error, ...(state === "done" ? verdict("live") : {}) }, { language, fromFile });
        const view = { idle: "start", cancelled: "start", done: "success", failed: "failure" }[state] ?? "run";
        assert.equal(shown.view, view, `${name} ${state}`);
        assert.equal(shown.title.length > 0, view !== "start", `${name} ${state}`);
        // At the start there is nothing to announce; what is said beside the buttons is announced there.
        assert.equal(shown.spoken.length > 0, view !== "start", `${name} ${state}`);
        assert.doesNotMatch(JSON.stringify(shown), /\{(n|total|code)\}|undefined/, `${name} ${state}`);
      }
    }
  }
});

test("the start has its heading, what it is about, and what a press on Start consents to, in every language", async () => {
  const { label } = await load("element/template");
  const node = () => ({ textContent: "", attributes: {}, children: [], setAttribute(name, value) { this.attributes[name] = value; } });
  const NAMES = ["app", "introTitle", "introText", "consent", "cancel", "live", "stop", "extend", "cameraName", "progress"];
  for (const name of LANGUAGES) {
    const language = name === "en" ? ENGLISH : { ...(await load(`words/${name}`)).WORDS, tag: name };
    const { intro, consent, consentWhole, cameraOnWhile } = language.element;
    for (const [changes, asks] of [[{}, consent], [{ whole: true }, consentWhole]]) {
      const parts = { ...Object.fromEntries(NAMES.map((part) => [part, node()])), steps: { ...node(), children: [node(), node(), node()] } };
      label(parts, situation({ language, ...changes }));
      assert.deepEqual([parts.introTitle.textContent, parts.introText.textContent], intro, name);
      assert.ok([asks, cameraOnWhile].every((words) => parts.consent.textContent.includes(words)), parts.consent.textContent);
      for (const part of [...NAMES.filter((part) => !["app", "progress"].includes(part)).map((part) => parts[part]), ...parts.steps.children]) assert.ok(part.textContent, name);
      for (const part of [parts.app, parts.steps, parts.progress]) assert.ok(part.attributes["aria-label"], name);
    }
  }
});

test("that the camera is off is said where the check turns it off, in every language, and nowhere else", async () => {
  for (const name of LANGUAGES) {
    const language = name === "en" ? ENGLISH : { ...(await load(`words/${name}`)).WORDS, tag: name };
    const off = language.element.cameraOff.replace(/[.。]$/, "");
    for (const state of STATES) {
      const snapshot = { state, ...(state === "done" ? { sessionId: "a" } : {}), error: state === "failed" ? { code: "network_error", title: "x", advice: [] } : null, guidance: "uploading-slowly" };
      const says = (changes) => JSON.stringify(show(snapshot, { language, ...changes })).includes(off);
      const turnedOff = ["uploading", "verifying", "done", "cancelled"].includes(state);
      assert.equal(says({}), turnedOff, `${name} ${state}`);
      assert.equal(says({ releases: false }), false, `${name} ${state}: the page's own stream goes on`);
    }
  }
});

test("a page is told in the person's language, too", async () => {
  const { WORDS } = await load("words/de");
  const language = { ...WORDS, tag: "de" };
  const error = Object.assign(new Error("x"), { code: "camera_denied", title: "English", advice: ["English"] });
  const shown = told({ ...IDLE, state: "failed", guidance: "hold-still", message: "Hold still", error }, language);
  assert.equal(shown.message, WORDS.guidance["hold-still"]);
  assert.deepEqual([shown.error.title, ...shown.error.advice], WORDS.failures.camera_denied);
  assert.ok(shown.error instanceof Error && shown.error.code === "camera_denied");
  const unknown = { code: "of_tomorrow", title: "English", advice: [] };
  assert.deepEqual(told({ ...IDLE, message: "?", guidance: "of-tomorrow", error: unknown }, language), { ...IDLE, message: "?", guidance: "of-tomorrow", error: unknown });
});

test("what has failed is shown in the words of the language, also where the core is not there to say it", async () => {
  const { WORDS } = await load("words/de");
  const shown = (error, language) => show({ state: "failed", error }, { language }).title;
  const [own, core] = [{ code: "engine_load_failed", title: "", advice: [] }, { code: "engine_load_failed", title: "The core's", advice: [] }];
  assert.deepEqual([own, core].map((error) => shown(error, { ...WORDS, tag: "de" })), Array(2).fill(WORDS.failures.engine_load_failed[0]));
  assert.deepEqual([own, core, null].map((error) => shown(error, ENGLISH)), [ENGLISH.element.notLoaded[0], "The core's", ENGLISH.element.notLoaded[0]]);
  const [kept, given] = [{ code: "internal", title: "English", advice: [] }, { code: "internal" }];
  told({ ...IDLE, state: "failed", error: kept }, { ...WORDS, tag: "de" }, given);
  assert.deepEqual([kept.title, given.title], ["English", WORDS.failures.internal[0]], "what is kept to be shown again stays as it was");
});

test("left and right are the person's own: a mirror shows them on their side, a picture that is not mirrored on the other", () => {
  const arrow = (guidance, mirrored, fromFile = false) => show({ state: "positioning", guidance }, { mirrored, fromFile }).arrow;
  for (const [guidance, inMirror, otherwise] of [
    ["move-left", "left", "right"],
    ["move-right", "right", "left"],
    ["move-up", "up", "up"],
    ["move-down", "down", "down"],
    ["move-closer", "closer", "closer"],
    ["move-back", "back", "back"],
    ["hold-still", null, null],
    ["toString", null, null],
  ]) {
    assert.equal(arrow(guidance, true), inMirror, guidance);
    assert.equal(arrow(guidance, false), otherwise, guidance);
    assert.equal(arrow(guidance, true, true), null, "a file is not told to move");
    // As in a further step of an escalation, for which the person has to come back.
    assert.equal(show({ state: "capturing", guidance }, { mirrored: true, fromFile: false }).arrow, inMirror);
    assert.equal(show({ state: "uploading", guidance }, { mirrored: true, fromFile: false }).arrow, null, "and nobody once all pictures are taken");
  }
  for (const [guidance, side] of [["move-left", "left"], ["move-right", "right"]]) {
    for (const mirrored of [true, false]) assert.match(show({ state: "positioning", guidance }, { mirrored }).spoken, new RegExp(`your ${side}`));
  }
});

test("who has moved away before a further step hears how to come back, not how far the check is", () => {
  const taking = (guidance) => show({ state: "capturing", guidance, framesTaken: 100, framesRequired: 190 }).spoken;
  assert.equal(taking("hold-still"), ENGLISH.element.halfway);
  assert.notEqual(taking("move-left"), ENGLISH.element.halfway);
});

test("the ring is full when every picture is taken, whatever the network does", () => {
  const ring = (state, framesTaken) => show({ state, framesTaken, framesRequired: 10, framesUploaded: 0 }).ring;
  assert.deepEqual([ring("positioning", 0), ring("capturing", 0), ring("capturing", 5), ring("capturing", 12), ring("uploading", 10), ring("verifying", 10)], [0, 0, 50, 100, 100, 100]);
});

test("pictures are counted in the language's own numbers and plurals", () => {
  const count = (tag, framesRequired, state = "capturing") =>
    show({ state, framesTaken: 1, framesUploaded: 1, framesRequired }, { language: { ...ENGLISH, tag } }).count;
  assert.deepEqual([count("en", 1), count("en", 30), count("en", 30, "uploading"), count("en", 0)], ["1 of 1 picture", "1 of 30 pictures", "1 of 30 sent", ""]);
  assert.equal(count("ar-EG", 30), "١ of ٣٠ pictures");
});

test("a withheld verdict leaves no trace in what is shown", () => {
  const seen = ["live", "fake", "inconclusive"].map((word) => JSON.stringify(show(verdict(word), { withheld: true })));
  assert.equal(new Set(seen).size, 1);
  const words = ["live", "fake", "inconclusive"].map((word) => show(verdict(word)));
  assert.deepEqual(words.map(({ mark }) => mark), ["live", "fake", "inconclusive"]);
  assert.deepEqual(words.map(({ retry }) => retry), ["second", "first", "first"]);
});

test("a failure is told in the language's words; in English in the error's own; by a code nobody knows, too", async () => {
  const { WORDS } = await load("words/de");
  const failed = (code, language) => show({ state: "failed", error: { code, title: "The title", advice: ["The advice"] } }, { language });
  assert.deepEqual([failed("network_error", ENGLISH).title, failed("network_error", ENGLISH).code], ["The title", "network_error"]);
  const german = failed("network_error", { ...WORDS, tag: "de" });
  assert.deepEqual([german.title, ...german.advice], [...WORDS.failures.network_error]);
  assert.equal(failed("hasOwnProperty", { ...WORDS, tag: "de" }).title, "The title");
  const own = withOwn(ENGLISH, { failures: { network_error: ["Ours", "Do this."] }, element: { start: "Go" } });
  assert.deepEqual([failed("network_error", own).title, failed("camera_denied", own).title, own.element.start, own.element.cancel], ["Ours", "The title", "Go", "Cancel"]);
});

test("the screen lights up only where the camera says that it is dark", () => {
  const light = (guidance, fromFile = false) => show({ state: "positioning", guidance }, { fromFile }).light;
  assert.deepEqual(["more-light", "face-the-light", "uncover-lens", "wipe-lens", "less-light", "move-left"].map((guidance) => light(guidance)), ["check", "check", "now", null, null, null]);
  assert.equal(light("more-light", true), null);
});

test("the language is the tag's, with its region for numbers, and English for those that have no words", async () => {
  assert.deepEqual(["pt-BR", "PT_br", "en-GB", "nl", "", "toString", "zz-!!"].map(languageFor), ["pt", "pt", "en", "en", "en", "en", "en"]);
  assert.deepEqual([await loadLanguage("en-GB"), await loadLanguage("nl")].map(({ tag }) => tag), ["en-GB", "en"]);
  assert.deepEqual(["ar-EG", "AR", "arn", "en", "de"].map(directionOf), ["rtl", "rtl", "ltr", "ltr", "ltr"]);
  const files = (await readdir(new URL("../../js/src/words/", import.meta.url))).filter((name) => /^\w\w\.ts$/.test(name));
  assert.deepEqual([...LANGUAGES].sort(), files.map((name) => name.slice(0, 2)).sort(), "a file without a loader, or the reverse");
});

test("attributes become options as they are written; the core judges them", () => {
  const read = (attributes) => optionsFrom((name) => attributes[name] ?? null);
  assert.deepEqual(read({}), {});
  assert.deepEqual(read({ endpoint: "/x", "frame-count": "30", fps: "x", "session-id": "a", theme: "dark" }), { endpoint: "/x", frameCount: 30, fps: NaN, session: { id: "a", token: undefined } });
  for (const { attribute, option, property } of ROWS) {
    if (option) assert.ok(Object.hasOwn(CHECK_OPTIONS, option), `${attribute}: ${option} is no option`);
    assert.equal(property, attribute.replace(/-(\w)/g, (_, letter) => letter.toUpperCase()), "a property is named after its attribute");
  }
  const round = (kind, value) => fromAttribute(kind, toAttribute(kind, value));
  assert.deepEqual([round("flag", true), round("flag", false), round("number", 7), round("text", null), round(["a", "b"], "b"), round(["a", "b"], "c")], [true, false, 7, null, "b", "a"]);
});

/** A clock that goes on when the test says so. */
function handClock() {
  let now = 0;
  let waiting = [];
  const clock = {
    now: () => now,
    later: (ms, then) => {
      const entry = { at: now + ms, then };
      waiting.push(entry);
      return () => (waiting = waiting.filter((other) => other !== entry));
    },
  };
  const pass = (to) => {
    for (let due; (due = waiting.filter(({ at }) => at <= to).sort((a, b) => a.at - b.at)[0]); ) {
      now = due.at;
      waiting = waiting.filter((other) => other !== due);
      due.then();
    }
    now = to;
  };
  return { clock, pass, waits: () => waiting.length };
}

test("what helps further takes the place of the second line, and is spoken after the instruction", async () => {
  for (const name of LANGUAGES) {
    const language = name === "en" ? ENGLISH : { ...(await load(`words/${name}`)).WORDS, tag: name };
    for (const help of Object.keys(ENGLISH_WORDS.helps)) {
      const before = show({ state: "positioning", guidance: "no-face" }, { language });
      const shown = show({ state: "positioning", guidance: "no-face", help }, { language });
      assert.equal(shown.text, language.helps[help]);
      assert.equal(shown.title, before.title, "the instruction stays");
      assert.equal(shown.spoken, `${before.spoken}${name === "ja" ? "" : " "}${shown.text}`);
      assert.equal(shown.cameras, help === "another-camera");
    }
  }
  assert.equal(show({ state: "positioning", guidance: "no-face", help: "toString" }).text, ENGLISH.hints["no-face"], "one of another version");
});

test("what the person has to do is explained in its own words, whatever the state; where there are none, in the state's", () => {
  for (const state of ["requesting-camera", "loading", "positioning", "capturing"]) {
    for (const guidance of ["tap-to-start", "camera-paused", "page-hidden"]) {
      const { title, text } = show({ state, guidance, message: ENGLISH_WORDS.guidance[guidance] });
      assert.deepEqual([title, text], [ENGLISH_WORDS.guidance[guidance], ENGLISH.hints[guidance]], `${state} ${guidance}`);
    }
    assert.equal(show({ state, guidance: "allow-camera" }).text, ENGLISH.element.states[state][1]);
    if (state !== "requesting-camera") assert.equal(show({ state, guidance: "wait" }).text, ENGLISH.element.states[state][1]);
  }
});

test("until the browser asks for the camera, nobody is told that it does: the core loads, or the session is being opened", async () => {
  const { STARTING } = await load("element/shown");
  for (const name of LANGUAGES) {
    const language = name === "en" ? ENGLISH : { ...(await load(`words/${name}`)).WORDS, tag: name };
    for (const message of [STARTING.message, ENGLISH_WORDS.guidance.wait]) {
      const { title, text, spoken } = show({ ...STARTING, message }, { language });
      assert.ok([language.spoken.wait, language.guidance?.wait ?? message].includes(title), `${name}: ${title}`);
      assert.deepEqual([text, spoken], ["", language.spoken.wait], name);
    }
    const asked = show({ ...STARTING, guidance: "allow-camera" }, { language });
    assert.equal(asked.text, language.element.states["requesting-camera"][1], name);
    // Of a video file: what is being done, which is true at once.
    assert.equal(show(STARTING, { language, fromFile: true }).title, language.element.fileStates["requesting-camera"][0], name);
  }
});

test("with a file a person is told, and hears, what it waits for: a tap, or the page, and nothing about a camera", async () => {
  for (const name of LANGUAGES) {
    const language = name === "en" ? ENGLISH : { ...(await load(`words/${name}`)).WORDS, tag: name };
    const { guidance: words } = name === "en" ? ENGLISH_WORDS : language;
    for (const state of ["requesting-camera", "loading", "positioning", "capturing"]) {
      for (const guidance of ["tap-to-start", "page-hidden"]) {
        const message = words[guidance];
        const { title, text, spoken } = show({ state, guidance, message }, { language, fromFile: true });
        assert.deepEqual([title, spoken, text], [message, message, language.element.fileStates[state][1]], `${name} ${state} ${guidance}`);
      }
      const { title, spoken } = show({ state, guidance: "camera-paused", message: words["camera-paused"] }, { language, fromFile: true });
      assert.deepEqual([title, spoken], Array(2).fill(language.element.fileStates[state][0]));
    }
  }
});

test("what is heard is sentences, as the language writes them", async () => {
  const { WORDS } = await load("words/ja");
  const ja = { ...WORDS, tag: "ja" };
  const error = { code: "camera_denied", title: "The camera is not allowed", advice: ["Allow it."] };
  const heard = (language) => [show({ state: "failed", error }, { language }).spoken, show(verdict("fake"), { language }).spoken, show({ state: "positioning", guidance: "no-face", help: "face-a-window" }, { language }).spoken];
  for (const spoken of heard(ja)) assert.doesNotMatch(spoken, /[. ]/, spoken);
  assert.ok(heard(ja)[0].startsWith(`${WORDS.failures.camera_denied[0]}。`));
  for (const spoken of heard(ENGLISH)) assert.match(spoken, /^[^.。]+\. [^。]+\.$/, spoken);
  const own = (title) => show({ state: "failed", error }, { language: withOwn(ENGLISH, { failures: { camera_denied: [title] } }) }).spoken;
  assert.deepEqual(["No camera", "No camera?", "No camera."].map(own), ["No camera.", "No camera?", "No camera."]);
});

test("whoever cannot see the picture hears how far there is to go", async () => {
  for (const name of LANGUAGES) {
    const language = name === "en" ? ENGLISH : { ...(await load(`words/${name}`)).WORDS, tag: name };
    for (const guidance of Object.keys(language.far)) {
      const said = (far) => show({ state: "positioning", guidance, far }, { language }).spoken;
      assert.deepEqual([said(false), said(true)], [language.spoken[guidance], language.far[guidance]], `${name} ${guidance}`);
    }
    assert.equal(show({ state: "positioning", guidance: "show-eyes", far: true }, { language }).spoken, language.spoken["show-eyes"]);
  }
});

test("a result that is not the one hoped for says what the capture lacked; others, and a withheld one, say nothing of it", () => {
  const warnings = [{ code: "low_light" }, { code: "interrupted", times: 2 }, { code: "brand_new" }, { code: "blurred" }, { code: "glasses" }];
  const advice = (word, changes) => show({ ...verdict(word), warnings }, changes).advice;
  const lacked = ["low_light", "interrupted", "blurred"].map((code) => ENGLISH.warnings[code]);
  assert.deepEqual([advice("inconclusive"), advice("fake"), advice("live"), advice("fake", { withheld: true })], [lacked, lacked, [], []]);
  assert.match(show({ ...verdict("inconclusive"), warnings }).spoken, /It was dark/);
});

test("another camera is offered before the start, and after a failure that may be the camera's", () => {
  const failed = (code) => show({ state: "failed", error: { code, title: "x", advice: [] } }).cameras;
  assert.deepEqual(["camera_in_use", "camera_ended", "frames_stalled", "frame_unsupported", "positioning_timeout"].map(failed), Array(5).fill(true));
  assert.deepEqual(["network_error", "session_expired", "engine_crashed", "invalid_options"].map(failed), Array(4).fill(false));
  assert.deepEqual(["idle", "cancelled", "positioning", "capturing", "verifying"].map((state) => show({ state }).cameras), [true, true, false, false, false]);
  assert.equal(show(verdict("live")).cameras, false);
  const camera = (deviceId, label = `Camera ${deviceId}`) => ({ deviceId, label });
  assert.deepEqual(choices([camera("a"), camera("b")]).map(({ deviceId }) => deviceId), ["a", "b"]);
  assert.deepEqual(choices([camera("a", "HD"), camera("b", "HD"), camera("c")]).map(({ label }) => label), ["HD", "HD (2)", "Camera c"]);
  for (const few of [[], [camera("a")], [camera("", ""), camera("", "")], [camera("a"), camera("b", "")], [camera("a"), camera("b", " ")]]) assert.deepEqual(choices(few), []);
});

test("the countdown counts by its own clock, is corrected by the check's, and ends", () => {
  const { clock, pass, waits } = handClock();
  const seen = [];
  const countdown = new Countdown((seconds) => seen.push(seconds), clock);
  countdown.set(null);
  assert.deepEqual(seen, []);
  countdown.set(2_400);
  pass(1_000);
  // As of another report.
  countdown.set(2_900);
  pass(10_000);
  assert.deepEqual(seen, [3, 2, 3, 2, 1, 0]);
  assert.equal(waits(), 0);
  countdown.set(5_000);
  pass(11_500);
  countdown.set(null);
  pass(60_000);
  assert.deepEqual(seen.slice(6), [5, 4]);
  // The same report in other words.
  countdown.set(20_000);
  pass(62_500);
  countdown.set(20_000);
  assert.deepEqual(seen.slice(8), [20, 19, 18, 18]);
  countdown.set(null);
  countdown.set(20_000, true);
  assert.deepEqual([seen.at(-1), waits()], [20, 0]);
});

test("how much time is left is said in the language's own numbers and plurals", async () => {
  const { timeLeft } = await load("element/present");
  assert.deepEqual([1, 20].map((seconds) => timeLeft(ENGLISH, seconds)), ["1 second left", "20 seconds left"]);
  const arabic = { ...(await load("words/ar")).WORDS, tag: "ar-EG" };
  assert.deepEqual([3, 20].map((seconds) => timeLeft(arabic, seconds)), ["الثواني المتبقية: ٣", "الثواني المتبقية: ٢٠"]);
});

test("a text stays long enough to be read, and of those waiting only the newest is shown", () => {
  const { clock, pass } = handClock();
  const shown = [];
  const steady = new Steady((text) => shown.push([clock.now(), text]), 1000, clock);
  steady.set("a");
  pass(100), steady.set("b");
  pass(200), steady.set("c");
  pass(1500), steady.set("d");
  pass(1600), steady.set("c");
  pass(3000);
  assert.deepEqual(shown, [[0, "a"], [1000, "c"]], "back to what is still there, in time: nothing changes");
  steady.put("now");
  steady.set("later");
  steady.clear();
  pass(9000);
  assert.deepEqual(shown.slice(2), [[3000, "now"], [3000, ""]]);
  steady.set("at once");
  assert.equal(shown.at(-1)[1], "at once");
});

test("docs/element.md names every attribute, event, part, slot and custom property, and no other", async () => {
  const document = await source("docs/element.md");
  const [styles, template, events] = await Promise.all(["styles", "template", "events"].map((name) => source(`js/src/element/${name}.ts`)));
  /** The names in the first column of the table under a heading. */
  const documented = (heading) => {
    const [, section = ""] = new RegExp(`^## ${heading}\\n(.*?)(?=^## |(?![^]))`, "ms").exec(document) ?? [];
    return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name).sort();
  };
  const all = (text, pattern) => [...new Set([...text.matchAll(pattern)].flatMap(([, names]) => names.split(" ")))].sort();
  assert.deepEqual(documented("Attributes"), Object.keys(ATTRIBUTES).sort());
  assert.deepEqual(documented("Events"), all(events, /^ {2}"(liveness-\w+)"/gm));
  assert.deepEqual(documented("Custom properties"), all(styles, /(--liveness-[\w-]+)/g));
  assert.deepEqual(documented("Slots"), all(template, /html\("slot", \{ name: "(\w+)"/g));
  assert.deepEqual(documented("Parts"), [...all(template, /part: "([^"]+)"/g), "arrow", "mark"].sort());
});
