// A check while the person does something else, and what a page can say about the camera meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";
import { page, Stream, video } from "./lib_page.mjs";

const VIEW = { state: "loading", guidance: "wait", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 0, framesUploaded: 0, earlier: [], verdict: null, error: null };
const RAW = { verdict: "live", score: 98, real_score: 0.98, session_id: "s" };

/** A page's module that does what the test says; returns what it was created with. */
function host(start) {
  const seen = {};
  globalThis.fakeHost = (plain, element, page) => {
    Object.assign(seen, { plain, element });
    return { start: () => start(page), cancel() {}, free() {} };
  };
  return seen;
}

test("a snapshot says whether the camera is on, to the end", async () => {
  const { LivenessCheck } = await load("core/index");
  const states = (check) => {
    const live = [];
    check.addEventListener("change", ({ detail: { state, cameraLive } }) => live.push([state, cameraLive]));
    return live;
  };
  for (const own of [null, new Stream()]) {
    page();
    host(async (page) => {
      page.onChange({ ...VIEW, state: "loading" });
      const stream = await page.openCamera();
      page.onChange({ ...VIEW, state: "capturing" });
      page.closeCamera(stream);
      page.onChange({ ...VIEW, state: "uploading" });
      page.onChange({ ...VIEW, state: "done", verdict: RAW });
    });
    const check = new LivenessCheck({ video: video(), ...(own && { source: own }) });
    const live = states(check);
    await check.start();
    assert.deepEqual(live, [["requesting-camera", false], ["loading", false], ["loading", true], ["capturing", true], ["uploading", false], ["done", false]]);
  }
  page();
  host(async (page) => {
    await page.openCamera();
    page.onChange({ ...VIEW, state: "capturing" });
    check.cancel();
  });
  const check = new LivenessCheck({ video: video() });
  const live = states(check);
  await assert.rejects(check.start(), { code: "cancelled" });
  assert.deepEqual(live.slice(-2), [["capturing", true], ["cancelled", false]], "also where the module does not say so");
});

test("without a preview in the background", async () => {
  page();
  const made = video();
  document.createElement = (tag) => (tag === "video" ? made : assert.fail(tag));
  const seen = host((page) => page.onChange({ ...VIEW, state: "done", verdict: RAW }));
  const { LivenessCheck } = await load("core/index");
  await new LivenessCheck({ mode: "background" }).start();
  assert.equal(seen.element, made);
  assert.equal(seen.plain.mode, "background");
});
