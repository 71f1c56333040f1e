// A camera's life during a check: muted, paused, not played, turned, the page's own, and gone without a trace.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { drawnCamera, drawnFile } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { isComplete } from "./lib/proxy.mjs";
import { countWhatStays, interruptPlay, refuseToPlay, relayCamera, runCheck } from "./lib/relay.mjs";
import { suite } from "./lib/suite.mjs";

const VERDICT = /^(live|fake|inconclusive)$/;
/** Shorter than the pauses below. */
const STALL_MS = 1_500;
const PAUSE_MS = 2_000;

describe("a camera's life", () => {
  const world = suite();
  const { embed } = integrator(world);

  const open = (init = []) => embed(`<body><video id="preview" playsinline muted></video>`, { camera: drawnCamera(), init: [relayCamera, ...init].map((script) => [script]) });
  const start = (visit, options = {}) => visit.page.evaluate(runCheck, { timeouts: { stall: STALL_MS }, ...options });
  const reaches = (visit, state) => visit.page.waitForFunction((wanted) => __run.outcome ?? __run.states.includes(wanted), state, { timeout: 20_000, polling: 20 });
  const says = (visit, guidance) => visit.page.waitForFunction((wanted) => __run.outcome ?? __run.guidance.at(-1) === wanted, guidance, { timeout: 20_000, polling: 20 });
  const outcome = async (visit) => (await visit.page.waitForFunction(() => __run.outcome, null, { timeout: 30_000 })).jsonValue();

  async function assertVerdictOf(visit) {
    assert.match(await outcome(visit), VERDICT);
    await assertClean(visit);
  }

  /** In the page: the page goes into the background, or comes back. */
  const setHidden = (hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
    // Browsers pause what is not seen.
    if (hidden) document.getElementById("preview").pause();
  };

  for (const framePath of ["track-processor", "canvas"]) {
    test(`a muted camera is waited for, and the person told (${framePath})`, async () => {
      const visit = await open();
      await start(visit, { framePath });
      await reaches(visit, "capturing");
      await visit.page.evaluate(() => {
        __relay.paused = true;
        __relay.tracks[0].dispatchEvent(new Event("mute"));
      });
      await says(visit, "camera-paused");
      await visit.page.waitForTimeout(PAUSE_MS);
      assert.equal(await visit.page.evaluate(() => __run.outcome ?? __run.guidance.at(-1)), "camera-paused");
      await visit.page.evaluate(() => {
        __relay.paused = false;
        __relay.tracks[0].dispatchEvent(new Event("unmute"));
      });
      await assertVerdictOf(visit);
    });
  }

  test("where frames do not need the element, a refusal to play matters to nobody", async () => {
    const visit = await open([refuseToPlay]);
    await start(visit, { framePath: "track-processor" });
    await assertVerdictOf(visit);
    assert.ok(await visit.page.evaluate(() => __refusal.refused > 0 && !__run.guidance.includes("tap-to-start")));
  });

  const GESTURES = { "video-frame": (page) => page.mouse.click(5, 5), canvas: (page) => page.keyboard.press("a") };
  for (const [framePath, gesture] of Object.entries(GESTURES)) {
    test(`where they do, the person is asked for a tap (${framePath})`, async () => {
      const visit = await open([refuseToPlay]);
      await start(visit, { framePath });
      await says(visit, "tap-to-start");
      await visit.page.waitForTimeout(300);
      assert.equal(await visit.page.evaluate(() => __run.states.at(-1)), "requesting-camera");
      await gesture(visit.page);
      await assertVerdictOf(visit);
    });
  }

  /** In the page: a file for the check. */
  const bringFile = (base64) => {
    globalThis.__file = new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: "video/mp4" });
  };
  const withFile = async (init) => {
    const visit = await open(init);
    await visit.page.evaluate(bringFile, (await readFile(await drawnFile())).toString("base64"));
    return visit;
  };

  test("a file that may not play asks for a tap as well", async () => {
    const visit = await withFile([refuseToPlay]);
    await start(visit, { source: "file" });
    await says(visit, "tap-to-start");
    await visit.page.keyboard.press("a");
    await assertVerdictOf(visit);
  });

  for (const framePath of ["video-frame", "canvas"]) {
    test(`a preview that somebody else has started is taken as it plays (${framePath})`, async () => {
      const visit = await open([interruptPlay]);
      await start(visit, { framePath, timeouts: { camera: 5_000, stall: STALL_MS } });
      await assertVerdictOf(visit);
    });
  }

  for (const framePath of ["video-frame", "image-bitmap", "canvas"]) {
    test(`a preview that somebody pauses plays on (${framePath})`, async () => {
      const visit = await open();
      await start(visit, { framePath });
      await reaches(visit, "capturing");
      await visit.page.evaluate(() => document.getElementById("preview").pause());
      await assertVerdictOf(visit);
    });
  }

  for (const [source, framePath] of [["camera", "video-frame"], ["camera", "canvas"], ["file", "image-bitmap"]]) {
    test(`a page that was hidden goes on when it is shown again, with a ${source} (${framePath})`, async () => {
      const visit = await withFile();
      await start(visit, { source, framePath });
      await reaches(visit, "capturing");
      await visit.page.evaluate(setHidden, true);
      await visit.page.waitForTimeout(PAUSE_MS);
      assert.equal(await visit.page.evaluate(() => __run.outcome ?? __run.guidance.at(-1)), "page-hidden");
      await visit.page.evaluate(setHidden, false);
      await assertVerdictOf(visit);
    });
  }

  test("the page's own stream: taken, shown, and left as it was", async () => {
    const visit = await open();
    const { page } = visit;
    await page.evaluate(async () => (globalThis.__own = await navigator.mediaDevices.getUserMedia({ video: true })));
    await start(visit, { source: "own" });
    assert.match(await outcome(visit), VERDICT);
    const state = () => page.evaluate(() => [__own.getTracks()[0].readyState, document.getElementById("preview").srcObject === __own]);
    assert.deepEqual(await state(), ["live", false]);
    assert.equal(await page.evaluate(() => __record.cameraCalls), 1);
    // Already in the preview before.
    await page.evaluate(() => (document.getElementById("preview").srcObject = __own));
    await start(visit, { source: "own" });
    assert.match(await outcome(visit), VERDICT);
    assert.deepEqual(await state(), ["live", true]);
    // Its end is the check's.
    await start(visit, { source: "own" });
    await reaches(visit, "positioning");
    await page.evaluate(() => __own.getTracks()[0].dispatchEvent(new Event("ended")));
    assert.equal(await outcome(visit), "camera_ended");
    assert.deepEqual(await state(), ["live", true]);
    // Stopped by the check, if that is wanted.
    await start(visit, { source: "own", stopSource: true });
    assert.match(await outcome(visit), VERDICT);
    assert.equal((await state())[0], "ended");
    await start(visit, { source: "own" });
    assert.match(await outcome(visit), /^camera_ended/);
    await assertClean(visit);
  });

  test("the verdict's warnings say of a camera that it is a program by its label, and of no other", async () => {
    for (const [label, virtual] of [["Integrated Camera", false], ["OBS Virtual Camera", true]]) {
      const visit = await open([]);
      await visit.page.evaluate((label) => Object.defineProperty(MediaStreamTrack.prototype, "label", { get: () => label }), label);
      await start(visit);
      await assertVerdictOf(visit);
      const complete = world.proxy.exchanges.findLast((exchange) => isComplete(exchange) && exchange.status === 200);
      const { warnings = [] } = JSON.parse(complete.body);
      assert.equal(warnings.filter(({ code }) => code === "virtual_camera").length, virtual ? 1 : 0, label);
      const verdict = JSON.parse(complete.answer);
      assert.equal(JSON.stringify(verdict).includes("Virtual camera, by its label"), virtual, label);
    }
  });

  /** In a page or a worker: protection against fingerprinting, of the two kinds that browsers have. */
  const protect = (kind) => {
    const { prototype } = globalThis.CanvasRenderingContext2D ?? OffscreenCanvasRenderingContext2D;
    const read = prototype.getImageData;
    prototype.getImageData = function (...area) {
      const image = read.apply(this, area);
      if (kind === "white") image.data.fill(255);
      else image.data.forEach((value, i) => i % 7 === 0 && i % 4 !== 3 && (image.data[i] = value ^ 2));
      return image;
    };
  };

  test("a browser that alters what the worker reads from a canvas, where a frame has to be drawn", async () => {
    /** In the page: has every worker run this first. */
    const runFirst = (script) => {
      const { Worker } = window;
      window.Worker = class extends Worker {
        constructor(url) {
          super(URL.createObjectURL(new Blob([`${script}; importScripts(${JSON.stringify(`${url}`)})`], { type: "text/javascript" })));
        }
      };
    };
    /** In the worker: no frame can be taken as it is. */
    const flipped = () => Object.defineProperty(VideoFrame.prototype, "flip", { configurable: true, get: () => true });
    const opened = async (kind) => {
      const visit = await open();
      await visit.page.evaluate(runFirst, `(${flipped})(); (${protect})("${kind}")`);
      return visit;
    };
    // Bitmaps are always drawn; the page itself reads nothing then, so that it is said once.
    for (const framePath of ["track-processor", "video-frame", "image-bitmap"]) {
      world.proxy.reset();
      const noised = await opened("noise");
      const said = [];
      noised.page.on("console", (message) => /fingerprinting/.test(message.text()) && said.push(message.text()));
      await noised.page.evaluate(protect, "noise");
      await start(noised, { framePath });
      await assertVerdictOf(noised);
      const complete = world.proxy.exchanges.find((exchange) => isComplete(exchange) && exchange.status === 200);
      assert.ok(JSON.parse(complete.body).warnings.some(({ code }) => code === "picture_noised"), `${framePath}: ${complete.body}`);
      assert.equal(said.length, 1, `${framePath}: ${said.join()}`);
      const blank = await opened("white");
      await start(blank, { framePath });
      assert.match(await outcome(blank), /^frame_unsupported: .*fingerprinting/, framePath);
      await assertClean(blank);
    }
  });

  test("a browser that alters what is read from a canvas", async () => {
    const noised = await open();
    const warnings = [];
    noised.page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    await noised.page.evaluate(protect, "noise");
    await start(noised, { framePath: "canvas" });
    await assertVerdictOf(noised);
    const complete = world.proxy.exchanges.find((exchange) => isComplete(exchange) && exchange.status === 200);
    assert.ok(JSON.parse(complete.body).warnings.some(({ code }) => code === "picture_noised"), String(complete.body));
    assert.ok(warnings.some((text) => /fingerprinting/.test(text)), warnings.join());

    const blank = await open();
    await blank.page.evaluate(protect, "white");
    await start(blank, { framePath: "canvas" });
    assert.match(await outcome(blank), /^frame_unsupported: .*fingerprinting/);
    await assertClean(blank);
    // On other paths the page reads nothing back.
    await start(blank, { framePath: "track-processor" });
    await assertVerdictOf(blank);
  });

  for (const framePath of ["track-processor", "video-frame"]) {
    test(`a camera of two and a half frames a second (${framePath})`, async () => {
      const visit = await open();
      await visit.page.evaluate(() => (__relay.everyMs = 390));
      await start(visit, { framePath });
      await assertVerdictOf(visit);
      assert.ok(!(await visit.page.evaluate(() => __run.guidance)).includes("uneven-frames"));
      const complete = world.proxy.exchanges.find((exchange) => isComplete(exchange) && exchange.status === 200);
      const { fps } = JSON.parse(complete.body);
      assert.ok(fps > 1.8 && fps < 3, `${fps}`);
    });
  }

  test("a camera with too few pixels", async () => {
    const visit = await open();
    await visit.page.evaluate(() => Object.assign(__relay, { width: 320, height: 240 }));
    await start(visit);
    assert.match(await outcome(visit), /^camera_resolution_too_low/);
    await assertClean(visit);
  });

  test("fifty mounts and unmounts leave nothing behind", async (t) => {
    const visit = await withFile([countWhatStays]);
    const mounts = await visit.page.evaluate(async () => {
      const { LivenessCheck } = await import(new URL("/liveness-capture/index.js", location.href).href);
      const devices = navigator.mediaDevices;
      const ask = devices.getUserMedia;
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const reached = new Map();
      for (let i = 0; i < 50; i++) {
        // Every third camera is opened only after the check has been cancelled.
        const late = i % 3 === 1;
        devices.getUserMedia = late ? (constraints) => pause(250).then(() => ask(constraints)) : ask;
        const video = document.body.appendChild(document.createElement("video"));
        const signal = new AbortController();
        const check = new LivenessCheck({ video, model: "mixed-10-v2", signal: signal.signal, ...(i % 5 === 2 && { source: __file }) });
        const ended = check.start().catch(({ code }) => code);
        await pause([0, 60, 150, 400][i % 4]);
        reached.set(check.snapshot.state, (reached.get(check.snapshot.state) ?? 0) + 1);
        if (i % 2) check.cancel();
        else signal.abort();
        await ended;
        video.remove();
      }
      devices.getUserMedia = ask;
      await pause(1_500);
      return Object.fromEntries(reached);
    });
    t.diagnostic(`cancelled while ${JSON.stringify(mounts)}`);
    assert.ok(mounts["requesting-camera"] > 5 && Object.keys(mounts).length >= 3, JSON.stringify(mounts));
    const { listeners, urls, made } = await visit.page.evaluate(() => __stays.count());
    t.diagnostic(`${await visit.allTracks()} tracks, ${made.listeners} listeners, ${made.urls} object URLs`);
    assert.deepEqual(listeners, [], "listeners");
    assert.equal(urls, 0, "object URLs");
    assert.ok((await visit.allTracks()) > 10 && made.listeners > 100 && made.urls > 5);
    await assertClean(visit);
  });

  test("the camera in use is told, and listed", async () => {
    const visit = await open();
    await start(visit);
    assert.match(await outcome(visit), VERDICT);
    const [camera, listed] = await visit.page.evaluate(async () => {
      const { listCameras } = await import(new URL("/liveness-capture/index.js", location.href).href);
      return [__run.camera, await listCameras()];
    });
    assert.deepEqual([camera.width, camera.height, camera.infrared, camera.depth], [640, 480, false, false]);
    assert.equal(listed.length, 1);
    // Its label is the name of the file that it plays.
    assert.match(listed[0].label, /\.mjpeg$/);
    assert.ok(listed[0].deviceId);
  });
});
