// What the page for frames takes from the page around it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { load } from "./load.mjs";

const GATEWAY = "https://live.example";
const SHOP = "https://shop.example";

/** A module of the page for frames. Of the element there is the table of options alone. */
async function page(name) {
  const entry = fileURLToPath(new URL(`../../www/src/${name}.ts`, import.meta.url));
  const alias = { "liveness-capture/element": fileURLToPath(new URL("../../js/src/generated/options.ts", import.meta.url)) };
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false, alias });
  // The comment makes it a new module every time.
  return import(`data:text/javascript,${encodeURIComponent(`${outputFiles[0].text}\n// ${Math.random()}`)}`);
}

describe("messages to the frame", async () => {
  const { readCommand, readAddress } = await page("commands");
  const options = (given) => readCommand({ liveness: 1, type: "options", options: given });

  test("commands are taken by their names alone", () => {
    for (const type of ["start", "cancel", "retry", "extend"]) {
      assert.deepEqual(readCommand({ liveness: 1, type, more: "is not looked at" }), { command: { type } });
    }
  });

  test("messages of others, or of a later version, are ignored", () => {
    for (const data of [null, undefined, 7, "start", [], {}, { type: "start" }, { liveness: 1, type: "dance" }]) assert.equal(readCommand(data), null, JSON.stringify(data));
    // Inherited from nobody.
    assert.equal(readCommand(Object.create({ liveness: 1, type: "start" })), null);
  });

  test("another version is refused", () => {
    for (const liveness of [0, 2, "1", null, true]) assert.equal(readCommand({ liveness, type: "start" }).refusal.code, "unsupported_version");
  });

  test("every option is taken, and null takes it back", () => {
    const all = {
      session: { id: "0d7c", token: "abc.def" }, askSession: true, request: 7, model: "mixed-30-v2", modelVersion: "latest", frameCount: 30, fps: 12.5, result: "server",
      locale: "pt-BR", theme: "dark", mirrored: "false", cameraPicker: "off", fillLight: "off", cues: "sound vibration",
    };
    assert.deepEqual(options(all), { command: { type: "options", options: all } });
    const none = Object.fromEntries(Object.keys(all).map((name) => [name, null]));
    assert.deepEqual(options(none), { command: { type: "options", options: none } });
    assert.deepEqual(options({}), { command: { type: "options", options: {} } });
    for (const cues of ["sound", "vibration", "vibration sound"]) {
      assert.deepEqual(options({ cues }), { command: { type: "options", options: { cues } } });
      assert.deepEqual(readAddress(new URLSearchParams({ cues })), { options: { cues }, ignored: [] });
    }
  });

  const wrong = [
    [undefined, "options must be an object"],
    [[], "options must be an object"],
    [{ colour: "red" }, "options.colour is not an option"],
    [{ endpoint: "https://evil.example" }, "options.endpoint is not an option"],
    [{ source: "https://evil.example/a.mp4" }, "options.source is not an option"],
    [{ toString: null }, "options.toString is not an option"],
    [{ session: "0d7c" }, "options.session must be an object with id and token"],
    [{ session: { id: "0d7c" } }, "options.session.token must be a string of visible ASCII characters"],
    [{ session: { id: "0d 7c", token: "abc" } }, "options.session.id must be a string of visible ASCII characters"],
    [{ askSession: "yes" }, "options.askSession must be true or false"],
    [{ request: 0 }, "options.request must be a whole number from 1 to 9007199254740991"],
    [{ model: "a model" }, "options.model must be a name of letters, digits, dots and dashes"],
    [{ frameCount: "30" }, "options.frameCount must be a whole number from 1 to 1000"],
    [{ frameCount: 1.5 }, "options.frameCount must be a whole number from 1 to 1000"],
    [{ fps: Number.NaN }, "options.fps must be a number from 1 to 30"],
    [{ fps: 31 }, "options.fps must be a number from 1 to 30"],
    [{ result: "hidden" }, `options.result must be one of "shown", "server"`],
    [{ locale: "javascript:alert(1)" }, "options.locale must be a language tag such as pt-BR"],
    [{ cues: "sound light" }, `options.cues must be "sound" or "vibration", or both`],
    [{ cues: "" }, `options.cues must be "sound" or "vibration", or both`],
    [{ theme: ["dark"] }, `options.theme must be one of "auto", "light", "dark"`],
  ];
  for (const [given, detail] of wrong) {
    test(`${JSON.stringify(given)} is refused by name`, () => {
      assert.deepEqual(options(given), { refusal: { code: "invalid_message", detail } });
    });
  }

  test("a refusal never repeats a value", () => {
    const { refusal } = options({ session: { id: "a", token: "secret token" } });
    assert.ok(!refusal.detail.includes("secret"));
  });

  test("a type that is not a name is refused", () => {
    for (const type of [undefined, 1, null, {}]) assert.equal(readCommand({ liveness: 1, type }).refusal.code, "invalid_message");
  });

  test("the address takes what is not secret, and names what it ignores", () => {
    const query = new URLSearchParams("parent=https://shop.example&fit=content&locale=de&fps=15&frameCount=10&theme=blue&session=x&token=y&fps2=1&toString=1");
    assert.deepEqual(readAddress(query), { options: { locale: "de", fps: 15, frameCount: 10 }, ignored: ["theme", "session", "token", "fps2", "toString"] });
    assert.deepEqual(readAddress(new URLSearchParams("fps=")).ignored, ["fps"]);
  });
});

test("a session is asked for at each start, and the answer to another start's request is nobody's", async () => {
  const { AskedSession } = await page("asked_session");
  const asked = [];
  const sessions = new AskedSession((request) => asked.push(request));
  const [first, second] = [{ id: "1", token: "a" }, { id: "2", token: "b" }];
  const { signal } = new AbortController();
  sessions.answer(0, first);
  sessions.answer(undefined, first);
  const cancelled = sessions.open({ signal });
  let settled = false;
  void cancelled.then(() => (settled = true));
  const wanted = sessions.open({ signal });
  assert.deepEqual(asked, [1, 2]);
  for (const request of [1, undefined, null, 3]) sessions.answer(request, first);
  sessions.answer(2, second);
  assert.equal(await wanted, second);
  assert.equal(settled, false);
  for (const none of [null, undefined]) {
    const refused = sessions.open({ signal });
    sessions.answer(asked.at(-1), none);
    await assert.rejects(refused, /has none/);
  }
  assert.deepEqual(asked, [1, 2, 3, 4]);
});

/** The page for frames, shown by a shop; `tell` posts to it, `posted` is what it has said, `check` its element. */
async function framed(t) {
  const window = new EventTarget();
  const posted = [];
  class HTMLElement extends EventTarget {
    dataset = {};
    remove = () => undefined;
    hasAttribute = () => true;
    setAttribute = () => undefined;
    getAttribute = () => null;
    getBoundingClientRect = () => ({ height: 0 });
  }
  const [check, root, other] = [new HTMLElement(), new HTMLElement(), new HTMLElement()];
  const peer = { postMessage: ({ liveness, ...message }) => posted.push(message) };
  const globals = {
    HTMLElement,
    location: { href: `${GATEWAY}/embed?parent=${encodeURIComponent(SHOP)}` },
    document: { documentElement: root, querySelector: () => ({ content: SHOP }), getElementById: (id) => (id === "check" ? check : other) },
    parent: peer,
    window,
    ResizeObserver: class { observe() {} },
    addEventListener: window.addEventListener.bind(window),
  };
  const before = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  t.after(() => before.forEach(([name, found]) => (found ? Object.defineProperty(globalThis, name, found) : delete globalThis[name])));
  Object.assign(globalThis, globals);
  await page("embed");
  const tell = (options) => window.dispatchEvent(Object.assign(new Event("message"), { source: peer, origin: SHOP, data: { liveness: 1, type: "options", options } }));
  return { check, posted, tell, document: globals.document };
}

test("an answer that is refused counts as none: the start ends with it, and that to another start changes nothing", async (t) => {
  const { check, posted, tell } = await framed(t);
  tell({ askSession: true });
  const opened = () => check.session({ signal: new AbortController().signal });
  const wrong = [{ id: "a" }, { token: "b" }, "a", { id: "a", token: "two words" }];
  for (const [at, session] of wrong.entries()) {
    const start = opened();
    assert.deepEqual(posted.at(-1), { type: "session", request: at + 1 });
    tell({ session, request: at + 1 });
    assert.equal(posted.at(-1).code, "invalid_message");
    await assert.rejects(start, /has none/);
  }
  const start = opened();
  const { request } = posted.at(-1);
  for (const options of [null, undefined, {}, { colour: "red" }, { session: "a", request: request - 1 }, { session: "a" }]) tell(options);
  const session = { id: "a", token: "b" };
  tell({ session, request });
  assert.equal(await start, session);
});

test("what the page says to people, it says in the package's languages", async () => {
  const { OPENER_GONE, TITLE, languageOf } = await page("embed_texts");
  const { LANGUAGES } = await load("element/language");
  const labels = await Promise.all(LANGUAGES.map(async (name) => [name, (await load(`words/${name}`)).WORDS.element.label]));
  assert.deepEqual(TITLE, Object.fromEntries(labels), "it is called what the element calls itself");
  assert.deepEqual(Object.keys(OPENER_GONE).sort(), [...LANGUAGES].sort());
  assert.equal(new Set(Object.values(OPENER_GONE)).size, LANGUAGES.length);
  assert.deepEqual(["pt-BR", "AR", "sv", "toString"].map(languageOf), ["pt", "ar", "en", "en"]);
});

test("the page's title is in the language of the check, whenever that is told", async (t) => {
  const { check, tell, document } = await framed(t);
  assert.equal(document.title, "Liveness check");
  check.getAttribute = (name) => (name === "locale" ? "de-AT" : null);
  tell({ locale: "de-AT" });
  assert.equal(document.title, "Lebenderkennung");
});
