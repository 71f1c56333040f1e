// Every option is checked before anything starts, and the error names it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";
import { page, Stream, video } from "./lib_page.mjs";

const { started } = page();
const { LivenessCheck, preload } = await load("core/index");
const { CHECK_OPTIONS } = await load("generated/options");
const { RESERVED_HEADERS } = await load("generated/codes");

async function refused(options, word) {
  const error = await new LivenessCheck(options).start().then(() => assert.fail("taken"), (error) => error);
  assert.equal(error.code, "invalid_options", `${word}: ${error.code} ${error.detail}`);
  assert.equal(error.retriable, false);
  assert.ok(error.detail.startsWith(word), `${JSON.stringify(error.detail)} does not name ${word}`);
}

test("anything but a video element is refused", async () => {
  const jQuery = Object.assign([video()], { jquery: "3" });
  for (const wrong of [null, undefined, "#preview", {}, { current: video() }, jQuery, { [Symbol.toStringTag]: "HTMLDivElement" }, 7]) {
    await refused({ video: wrong }, "video");
  }
  // What only looks like one.
  const prototype = Object.getPrototypeOf(video());
  for (const like of [new Proxy(video(), {}), Object.create(video()), prototype, { [Symbol.toStringTag]: "HTMLVideoElement" }]) {
    await refused({ video: like }, "video");
  }
  await refused({}, "video is missing");
  await refused({ mode: "guided" }, "video is missing");
  await refused({ mode: "background", video: null }, "video");
  for (const wrong of [null, undefined, "x", [], 7]) await refused(wrong, "the options");
});

/** Values that an option of this kind does not allow. */
function wrongFor(kind) {
  if (kind === "text") return ["", 7, null, {}, "José", "a\nb", "日本"];
  if (kind === "flag") return ["true", 1, 0, null, {}];
  if (kind === "address") return ["", "http://[", 7, null, {}];
  if (!Array.isArray(kind)) return null;
  if (typeof kind[0] === "string") return ["", "pigeon", kind[0].toUpperCase(), null, 7, [kind[0]]];
  const [min, max, whole] = kind;
  return [min - 1, max + 1, NaN, Infinity, -Infinity, String(min), null, ...(whole ? [min + 0.5] : [])];
}

async function refuseAll(table, path, options) {
  let checked = 0;
  for (const [key, kind] of Object.entries(table)) {
    const name = key.replace("!", "");
    for (const value of wrongFor(kind) ?? []) {
      await refused(options({ [name]: value }), `${path}${name}`);
      checked++;
    }
    if (key !== name) await refused(options({ [name]: undefined }), `${path}${name}`);
  }
  // An unknown name at this level.
  await refused(options({ colour: "red" }), `${path}colour`);
  return checked;
}

test("every option at every level refuses what its kind does not allow", async () => {
  const checked = await refuseAll(CHECK_OPTIONS, "", (change) => ({ video: video(), ...change }));
  assert.ok(checked > 40, `only ${checked}`);
  const detector = { url: "/face.onnx", kind: "blazeface" };
  await refuseAll(CHECK_OPTIONS.detector, "detector.", (change) => ({ video: video(), detector: { ...detector, ...change } }));
  const session = { id: "s", token: "t" };
  await refuseAll(CHECK_OPTIONS.session, "session.", (change) => ({ video: video(), session: { ...session, ...change } }));
  await refuseAll(CHECK_OPTIONS.timeouts, "timeouts.", (change) => ({ video: video(), timeouts: change }));
  for (const group of ["detector", "session", "timeouts"]) {
    for (const wrong of [null, 7, "x", []]) await refused({ video: video(), [group]: wrong }, group);
  }
  await refused({ video: video(), modelVersion: "latest" }, "frameCount");
  await refused({ video: video(), detector }, "detector.module is missing");
});

test("headers that cannot be sent, are reserved, or occur twice", async () => {
  const headers = (headers, word) => refused({ video: video(), headers }, word);
  await headers({ "x-name": "José 日本" }, 'headers["x-name"]');
  await headers({ "x-name": "a\r\nb" }, 'headers["x-name"]');
  await headers({ "x name": "a" }, 'headers["x name"]');
  await headers({ "": "a" }, 'headers[""]');
  await headers({ "x-name": 7 }, 'headers["x-name"]');
  await headers({ "X-Shop": "1", "x-shop": "2" }, 'headers["x-shop"]');
  for (const name of RESERVED_HEADERS) await headers({ [name.toUpperCase()]: "a" }, `headers["${name.toUpperCase()}"]`);
  for (const wrong of [null, [], [["a", "b"]], new Headers({ a: "b" }), "a: b"]) await headers(wrong, "headers");
});

test("sources and signals", async () => {
  for (const wrong of [null, 7, {}, "", { [Symbol.toStringTag]: "Blob" }, { [Symbol.toStringTag]: "MediaStream" }, Object.create(new Proxy(new Stream(), {})), video()]) await refused({ video: video(), source: wrong }, "source");
  await refused({ video: video(), source: video() }, 'source must be "camera", a MediaStream, a Blob, a File or a URL, not HTMLVideoElement');
  await refused({ video: video(), source: Object.assign(new Stream(), { getVideoTracks: () => [] }) }, "source has no video track");
  for (const wrong of [null, 7, {}, "print"]) await refused({ video: video(), onCapabilities: wrong }, "onCapabilities");
  for (const wrong of [null, 7, {}, new EventTarget(), { aborted: false, addEventListener() {} }]) await refused({ video: video(), signal: wrong }, "signal");
});

test("the steps and the band of an escalation", async () => {
  const escalation = (escalation, word) => refused({ video: video(), escalation }, `escalation${word}`);
  for (const wrong of [null, true, "mixed-30-v2", [], 7]) await escalation(wrong, "");
  await escalation({ colour: "red" }, ".colour");
  for (const steps of [null, "mixed-30-v2", ["mixed-30-v2", 60], [""], ["mixed-30-v2 mixed-60-v2"], ["\t"], { 0: "mixed-30-v2", length: 1 }]) await escalation({ steps }, ".steps");
  for (const band of [null, 50, [], [40], [40, 50, 60], [60, 40], [-1, 50], [50, 101], [NaN, 50], ["40", "60"], [null, 60]]) await escalation({ band }, ".band");
});

test("the options of preload", async () => {
  for (const [options, word] of [[{ assetBase: "http://[" }, "assetBase"], [{ assetBase: "data:text/plain,here" }, "assetBase"], [{ video: video() }, "video"], [null, "the options"]]) {
    const error = await preload(options).then(() => assert.fail("taken"), (error) => error);
    assert.deepEqual([error.code, error.detail.startsWith(word)], ["invalid_options", true], error.detail);
  }
});

test("an option counts only if it is the object's own, and is read once", async () => {
  await refused(Object.create({ video: video(), model: "mixed-10-v2" }), "video is missing");
  let reads = 0;
  const changing = {
    video: video(),
    get fps() {
      return reads++ === 0 ? 99 : 10;
    },
  };
  await refused(changing, "fps");
  assert.equal(reads, 1);
});

test("options that throw when they are read", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const broken = () => {
    throw new Error("mine");
  };
  for (const wrong of [{ video: video(), get model() { return broken(); } }, { video: video(), headers: proxy }, proxy]) {
    await refused(wrong, "the options cannot be read");
  }
});

test("an endpoint is a server's address and a path", async () => {
  for (const wrong of ["javascript:alert(1)", "data:text/plain,x", "blob:https://site.example/1", "https://u:p@host.example", "/?a=b", "/x#y"]) {
    await refused({ video: video(), endpoint: wrong }, "endpoint");
  }
});

test("none of them started anything", () => assert.deepEqual(started, []));

test("what a page has put into Object.prototype is no option, in the script or in its module", async () => {
  page();
  const GROUPS = ["escalation", "session", "timeouts"];
  const names = [CHECK_OPTIONS, ...GROUPS.map((group) => CHECK_OPTIONS[group])].flatMap((table) => Object.keys(table).map((key) => key.replace("!", "")));
  const inherited = (object) => names.filter((name) => object[name] === "polluted");
  let seen;
  globalThis.fakeHost = (plain, element, page) => {
    seen = { all: GROUPS.flatMap((group) => inherited(plain[group])).concat(inherited(plain)), endpoint: plain.endpoint };
    return { start: () => page.onChange({ state: "failed", guidance: "none", error: { code: "internal", detail: null } }), free: () => undefined };
  };
  // The browser's own functions read their options from it as well: only those that are ours are put there.
  const polluted = names.filter((name) => !["source", "signal", "mode", "headers", "credentials"].includes(name));
  for (const name of polluted) Object.prototype[name] = "polluted";
  try {
    const given = { video: video(), escalation: {}, session: { id: "s", token: "t" }, timeouts: {} };
    await new LivenessCheck(given).start().catch(() => undefined);
  } finally {
    for (const name of polluted) delete Object.prototype[name];
  }
  assert.deepEqual(seen, { all: [], endpoint: "https://site.example/" });
});

test("header names are passed on in lower case", async () => {
  const { prepare } = await load("core/options");
  const { headers } = prepare({ video: video(), headers: { "X-Shop": "7", Authorization: "Basic x" } }).plain;
  assert.deepEqual(headers, [["x-shop", "7"], ["authorization", "Basic x"]]);
});
