// Cameras as the script handles them: what is asked for, what is tried next, which of several is taken, and whose stream it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";
import { Stream, page, video } from "./lib_page.mjs";

const FRONT = { deviceId: "front", label: "Integrated Camera: Integrated C" };
const INFRARED = { deviceId: "ir", label: "Integrated Camera: Integrated I (IR)" };
const USB = { deviceId: "usb", label: "USB Video Device (046d:0825)" };

const refusal = (name, message = "no") => Object.assign(new Error(message), { name });

/**
 * A page with these cameras. `answers` decides about each request in turn: an error to reject with, or the camera opened
 * (by default the one asked for, or the first). `asked` lists what was asked for.
 */
function withCameras(cameras, answers = []) {
  const made = page();
  const asked = [];
  const streams = [];
  made.camera.open = async (constraints) => {
    asked.push(constraints.video);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    const id = constraints.video.deviceId?.exact ?? constraints.video.deviceId?.ideal;
    const stream = new Stream();
    const camera = answer ?? cameras.find(({ deviceId }) => deviceId === id) ?? cameras[0];
    Object.assign(stream.track, { label: camera.label, getSettings: () => ({ deviceId: camera.deviceId, width: 640, height: 480, ...camera.settings }) });
    streams.push(stream);
    return stream;
  };
  const devices = Object.assign(new EventTarget(), navigator.mediaDevices, {
    enumerateDevices: async () => [{ kind: "audioinput", deviceId: "mic", label: "A microphone" }, ...cameras.map((camera) => ({ kind: "videoinput", ...camera }))],
  });
  navigator.mediaDevices = devices;
  return { ...made, asked, streams, devices };
}

const memory = (entries = {}) => {
  const map = new Map(Object.entries(entries));
  globalThis.localStorage = { getItem: (key) => map.get(key) ?? null, setItem: (key, value) => map.set(key, value) };
  return map;
};
const MEMORY = "liveness-capture.camera";

/** Opens a camera as a check does; the stream's camera, what was asked for, and the streams that are still live. */
async function open(world, { deviceId, remembers = false } = {}) {
  const { openCamera } = await load("core/camera");
  const stop = (stream) => stream.track.stop();
  const stream = await openCamera(deviceId, remembers, () => undefined, stop);
  const live = world.streams.filter(({ track }) => track.readyState === "live");
  assert.deepEqual(live, [stream], "only the stream that is used may stay open");
  return stream.track.getSettings().deviceId;
}

async function rejection(promise) {
  return promise.then(() => assert.fail("resolved"), (error) => error);
}

test("every rejection of getUserMedia has its own code", async () => {
  page();
  const { rejectionCode } = await load("core/camera");
  for (const [name, message, allowed, expected] of [
    ["NotAllowedError", "Permission denied", true, "camera_denied"],
    ["NotAllowedError", "Permission dismissed", true, "camera_dismissed"],
    ["NotAllowedError", "Permission denied by system", true, "camera_blocked_by_system"],
    ["NotAllowedError", "Permission denied by system", undefined, "camera_blocked_by_system"],
    ["NotAllowedError", "Permission denied", false, "camera_blocked_by_policy"],
    ["NotAllowedError", "The request is not allowed by the user agent or the platform in the current context.", undefined, "camera_denied"],
    ["PermissionDeniedError", "", undefined, "camera_denied"],
    ["PermissionDismissedError", "", undefined, "camera_dismissed"],
    ["NotFoundError", "Requested device not found", undefined, "camera_not_found"],
    ["DevicesNotFoundError", "", undefined, "camera_not_found"],
    ["NotReadableError", "Could not start video source", undefined, "camera_in_use"],
    ["TrackStartError", "", undefined, "camera_in_use"],
    ["OverconstrainedError", "", undefined, "camera_overconstrained"],
    ["ConstraintNotSatisfiedError", "", undefined, "camera_overconstrained"],
    ["SecurityError", "", undefined, "camera_blocked_by_policy"],
    ["TypeError", "", undefined, "camera_unsupported"],
    ["AbortError", "Timeout starting video source", undefined, "camera_failed"],
    ["InvalidStateError", "", undefined, "camera_failed"],
    ["toString", "", undefined, "camera_failed"],
  ]) {
    assert.equal(rejectionCode(name, message, allowed), expected, `${name}: ${message}`);
  }
});

test("a page without an origin is a frame's sandbox, unless it was opened as a file", async () => {
  for (const [href, origin, code] of [
    ["https://site.example/app/", "null", "camera_blocked_by_policy"],
    ["file:///home/anna/check.html", "null", "camera_not_found"],
    ["https://site.example/app/", "https://site.example", "camera_not_found"],
  ]) {
    const made = page({ href });
    globalThis.origin = origin;
    document.permissionsPolicy = { allowsFeature: () => true };
    made.camera.open = async () => {
      throw refusal("NotFoundError");
    };
    const { openCamera } = await load("core/camera");
    const error = await rejection(openCamera(undefined, false, () => undefined, () => undefined));
    assert.equal(error.code, code, href);
    assert.equal(/sandbox/.test(error.detail), code === "camera_blocked_by_policy");
  }
});

test("once the check has ended no other camera is asked for, whatever became of the first", async () => {
  const { openCamera } = await load("core/camera");
  for (const answer of [refusal("NotReadableError"), INFRARED]) {
    const world = withCameras([INFRARED, FRONT], [answer]);
    let over = false;
    const { enumerateDevices } = world.devices;
    world.devices.enumerateDevices = () => ((over = true), enumerateDevices());
    const { open } = world.camera;
    if (answer instanceof Error) world.camera.open = (constraints) => ((over = true), open(constraints));
    const keep = () => {
      if (over) throw Object.assign(new Error(), { code: "cancelled" });
    };
    await rejection(openCamera(undefined, false, keep, () => undefined));
    assert.equal(world.asked.length, 1, answer.name ?? answer.label);
  }
});

test("a camera that fails at what is asked for is asked for less, once", async () => {
  for (const name of ["OverconstrainedError", "ConstraintNotSatisfiedError", "NotReadableError", "TrackStartError", "AbortError"]) {
    for (const deviceId of [undefined, "usb"]) {
      const world = withCameras([FRONT, USB], [refusal(name)]);
      assert.equal(await open(world, { deviceId }), deviceId ?? "front");
      const [hard, soft] = world.asked;
      assert.equal(world.asked.length, 2);
      assert.deepEqual([hard.width.ideal, hard.height.ideal], [1280, 720]);
      assert.deepEqual(soft, { width: { ideal: 640 }, height: { ideal: 480 }, ...(deviceId ? { deviceId: { ideal: deviceId } } : { facingMode: "user" }) });
      assert.deepEqual(hard.deviceId, deviceId && { exact: deviceId });

      const hopeless = withCameras([FRONT], [refusal(name), refusal(name, "again")]);
      const error = await rejection(open(hopeless, { deviceId }));
      assert.match(error.detail, /again/);
      assert.equal(hopeless.asked.length, 2);
    }
  }
  for (const name of ["NotAllowedError", "NotFoundError", "SecurityError", "TypeError"]) {
    const world = withCameras([FRONT], [refusal(name)]);
    await rejection(open(world));
    assert.equal(world.asked.length, 1, `${name} does not get better by asking again`);
  }
});

test("an infrared, depth or back camera is left for a better one, if there is one", async () => {
  const back = { deviceId: "back", label: "camera2 0, facing back" };
  const depth = { deviceId: "depth", label: "Intel(R) RealSense(TM) Depth Camera 435 with RGB Module Depth".replace("RGB ", "") };
  for (const poor of [INFRARED, depth, back]) {
    const world = withCameras([poor, FRONT]);
    assert.equal(await open(world), "front", poor.label);
    assert.equal(world.asked.length, 2);
    assert.deepEqual(world.asked[1].deviceId, { exact: "front" });

    const alone = withCameras([poor]);
    assert.equal(await open(alone), poor.deviceId, "better than none");
    const chosen = withCameras([FRONT, poor]);
    assert.equal(await open(chosen, { deviceId: poor.deviceId }), poor.deviceId, "the page has chosen");
  }
  // What the browser says of the camera itself counts more than its label.
  const phone = withCameras([{ deviceId: "a", label: "camera", settings: { facingMode: "environment" } }, FRONT]);
  assert.equal(await open(phone), "front");
  // What another program holds, or is unplugged, or has no picture, is no better than what works.
  for (const name of ["NotReadableError", "NotFoundError", "OverconstrainedError"]) {
    const held = withCameras([INFRARED, FRONT], [undefined, ...Array(name === "NotFoundError" ? 1 : 2).fill(refusal(name))]);
    assert.equal(await open(held), "ir", name);
    assert.deepEqual(held.asked.at(-1).deviceId, { exact: "ir" });
  }
  const virtual = withCameras([INFRARED, { deviceId: "obs", label: "OBS Virtual Camera" }]);
  assert.equal(await open(virtual), "ir");
  assert.equal(virtual.asked.length, 1, "a program's picture is not a better one");
  // Nobody's choice is overruled for a label that says nothing.
  const usb = withCameras([USB, FRONT]);
  assert.equal(await open(usb), "usb");
  assert.equal(usb.asked.length, 1);
});

test("a chosen camera is remembered only if the page wants that", async () => {
  const map = memory();
  await open(withCameras([FRONT, USB]), { deviceId: "usb" });
  assert.equal(map.size, 0);
  await open(withCameras([FRONT, USB]), { deviceId: "usb", remembers: true });
  assert.deepEqual([...map], [[MEMORY, "usb"]]);
  assert.equal(await open(withCameras([FRONT, USB]), { remembers: true }), "usb");
  assert.equal(await open(withCameras([FRONT, USB])), "front");
  // An infrared camera that was chosen is used.
  memory({ [MEMORY]: "ir" });
  assert.equal(await open(withCameras([FRONT, INFRARED]), { remembers: true }), "ir");
  // One that was chosen may be gone: what is open in its place is no choice, and the best there is.
  const replaced = memory();
  for (const [other, used] of [[INFRARED, "front"], [FRONT, "front"], [USB, "usb"]]) {
    assert.equal(await open(withCameras([other, FRONT], [refusal("OverconstrainedError"), other]), { deviceId: "gone", remembers: true }), used, other.label);
    assert.equal(replaced.size, 0, "a camera that is not there");
  }
  // Not every browser says which it has opened.
  const unsaid = { ...USB, settings: { deviceId: undefined } };
  await open(withCameras([FRONT], [unsaid]), { deviceId: "usb", remembers: true });
  assert.deepEqual([...replaced], [[MEMORY, "usb"]]);
  memory({ [MEMORY]: "ir" });
  // It may be gone, and storage may be forbidden.
  const gone = withCameras([FRONT], [refusal("OverconstrainedError")]);
  assert.equal(await open(gone, { remembers: true }), "front");
  assert.equal(gone.asked[1].width.ideal, 1280, "the others are asked for everything");
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  globalThis.localStorage = { getItem: forbidden, setItem: forbidden };
  assert.equal(await open(withCameras([FRONT, USB]), { deviceId: "usb", remembers: true }), "usb");
  assert.equal(await open(withCameras([FRONT, USB]), { remembers: true }), "front");
  delete globalThis.localStorage;
});

test("what labels say", async () => {
  page();
  const { readLabel } = await load("core/cameras");
  for (const [label, expected] of [
    ["FaceTime HD Camera (Built-in)", { facing: "front" }],
    ["Front TrueDepth Camera", { facing: "front" }],
    ["camera2 1, facing front", { facing: "front" }],
    ["camera2 0, facing back", { facing: "back" }],
    ["Back Dual Wide Camera", { facing: "back" }],
    ["Rückkamera", { facing: "back" }],
    ["Logitech BRIO", {}],
    ["Firefly Camera", {}],
    ["Mirror cam", {}],
    ["HP IR Camera", { infrared: true }],
    ["Microsoft Camera Front IR", { infrared: true, facing: "front" }],
    ["Infrared Camera", { infrared: true }],
    ["Windows Hello Face Software Device", { infrared: true }],
    ["Intel(R) RealSense(TM) 430 with RGB Module RGB", {}],
    ["Intel(R) RealSense(TM) 430 Depth", { depth: true }],
    ["OBS Virtual Camera", { virtual: true }],
    ["ManyCam Virtual Webcam", { virtual: true }],
    ["Snap Camera", { virtual: true }],
    ["DroidCam Source 3", { virtual: true }],
    ["fake_device_0", { virtual: true }],
    ["Dummy video device (0x0000)", { virtual: true }],
    ["", {}],
  ]) {
    assert.deepEqual(readLabel("id", label), { deviceId: "id", label, facing: null, infrared: false, depth: false, virtual: false, ...expected });
  }
});

test("cameras are listed, the better ones first, and watched", async () => {
  const { devices } = withCameras([INFRARED, { deviceId: "back", label: "back" }, USB, FRONT]);
  const { listCameras, watchCameras } = await load("core/index");
  assert.deepEqual((await listCameras()).map(({ deviceId }) => deviceId), ["front", "usb", "back", "ir"]);
  const seen = [];
  const stop = watchCameras((cameras) => seen.push(cameras.length));
  devices.dispatchEvent(new Event("devicechange"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  // One that changes while it is being listed is told of no more.
  devices.dispatchEvent(new Event("devicechange"));
  stop();
  await new Promise((resolve) => setTimeout(resolve, 5));
  devices.dispatchEvent(new Event("devicechange"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(seen, [4]);

  page();
  navigator.mediaDevices = undefined;
  assert.deepEqual(await listCameras(), []);
  watchCameras(() => undefined)();
});

test("capabilities, and what is missing of them", async () => {
  page();
  const { CAMERA_REQUIREMENTS, getCameraCapabilities, getOptimalConstraints, validateCameraRequirements } = await load("core/index");
  const camera = (label, can, is = {}) => {
    const stream = new Stream();
    Object.assign(stream.track, { label, getSettings: () => ({ deviceId: "d", width: 640, height: 480, frameRate: 30, ...is }), ...(can && { getCapabilities: () => can }) });
    return stream;
  };
  const size = (width, height, fps) => ({ width: { min: 1, max: width }, height: { min: 1, max: height }, frameRate: { min: 0, max: fps } });
  const good = getCameraCapabilities(camera("Front camera", size(1920, 1080, 60)));
  assert.deepEqual(good, {
    ...{ deviceId: "d", label: "Front camera", facing: "front", infrared: false, depth: false, virtual: false, width: 640, height: 480, fps: 30 },
    ...{ widths: { min: 1, max: 1920 }, heights: { min: 1, max: 1080 }, frameRates: { min: 0, max: 60 } },
  });
  const problems = (stream, more) => validateCameraRequirements(getCameraCapabilities(stream), more);
  assert.deepEqual(problems(camera("x", size(480, 640, 30))), []);
  // A browser that does not tell what a camera can do; and one that tells nothing.
  assert.deepEqual(problems(camera("x", null)), []);
  assert.deepEqual(problems(camera("x", null, { width: undefined, height: undefined, frameRate: undefined })), []);
  assert.match(problems(camera("x", null, { width: 320, height: 240 })).join(), /^320 x 240 pixels/);
  assert.match(problems(camera("x", size(640, 480, 2))).join(), /^2 frames/);
  const unset = { width: undefined, height: undefined, frameRate: undefined };
  assert.equal(problems(camera("x", size(320, 240, 2)), unset).length, 2, "what is not set is as by default");
  assert.match(problems(camera("IR Camera", size(640, 480, 30))).join(), /infrared/);
  assert.equal(problems(camera("IR Camera", size(320, 240, 2))).length, 3);
  assert.equal(problems(camera("x", size(640, 480, 30)), { width: 1280, height: 720 }).length, 1);
  assert.ok(Object.isFrozen(CAMERA_REQUIREMENTS) || CAMERA_REQUIREMENTS.width === 480);
  assert.deepEqual(getOptimalConstraints("d").video.deviceId, { exact: "d" });
  assert.equal(getOptimalConstraints().video.facingMode, "user");
  // A track alone will do.
  assert.deepEqual(getCameraCapabilities(camera("Front camera", size(1920, 1080, 60)).track), good);
});

const VIEW = { state: "loading", guidance: "wait", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 0, framesUploaded: 0, verdict: null, error: null };

/** Runs a check whose module opens the camera and then does what `then` says. */
async function run(options, then) {
  globalThis.fakeHost = (plain, _element, page) => ({
    start: () => void page.openCamera().then((stream) => then(page, stream, plain), ({ code, detail }) => page.onChange({ ...VIEW, state: "failed", error: { code, detail } })),
    cancel: () => undefined,
    free: () => undefined,
  });
  const { LivenessCheck } = await load("core/index");
  const check = new LivenessCheck({ video: video(), ...options });
  const outcome = await check.start().then(() => "done", ({ code }) => code);
  return { outcome, check };
}
const RAW = { verdict: "live", score: 98, real_score: 0.98, session_id: "s" };
const done = (page) => page.onChange({ ...VIEW, state: "done", verdict: RAW });

test("the page's own stream is used, and stopped only if it says so", async () => {
  for (const stopSource of [undefined, false, true]) {
    const world = withCameras([FRONT]);
    const own = new Stream();
    let got;
    const { outcome, check } = await run({ source: own, stopSource }, (page, stream, plain) => {
      got = stream;
      assert.equal(plain.source, undefined, "a camera for the module");
      page.closeCamera(stream);
      assert.equal(own.track.readyState, stopSource ? "ended" : "live", "when it is needed no longer");
      done(page);
    });
    assert.equal(outcome, "done");
    assert.equal(got, own);
    assert.equal(world.asked.length, 0);
    assert.equal(own.track.readyState, stopSource ? "ended" : "live");
    assert.notEqual(check.snapshot.camera, null);
  }
  // Cancelled, or failed, before the module was through with it.
  const own = new Stream();
  withCameras([FRONT]);
  await run({ source: own, stopSource: true }, (page) => page.onChange({ ...VIEW, state: "failed", error: { code: "internal", detail: null } }));
  assert.equal(own.track.readyState, "ended");
  const over = new Stream();
  over.track.stop();
  withCameras([FRONT]);
  assert.equal((await run({ source: over }, done)).outcome, "camera_ended");
});

test("the page's own stream is stopped, if it is to be, also by a check that never gets as far as its options", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  const refuse = (options) => new LivenessCheck(options).start().then(() => assert.fail("taken"), ({ code }) => assert.equal(code, "invalid_options"));
  const broken = () => {
    throw new Error("mine");
  };
  const ends = {
    "an option it does not have": (own) => refuse({ video: video(), ...own, colour: "red" }),
    "an option that throws when it is read": (own) => refuse({ video: video(), ...own, get fps() { return broken(); } }),
    "no video": (own) => refuse(own),
    "cancelled before its start": async (own) => new LivenessCheck({ video: video(), ...own }).cancel(),
  };
  for (const [what, end] of Object.entries(ends)) {
    for (const stopSource of [undefined, false, "yes", true]) {
      const source = new Stream();
      await end({ source, stopSource });
      assert.equal(source.track.readyState, stopSource === true ? "ended" : "live", `${what}, stopSource: ${stopSource}`);
    }
  }
  // What is no stream is left alone, and what is inherited is nobody's wish.
  const track = new Stream().track;
  await refuse({ video: video(), source: { getTracks: () => [track] }, stopSource: true });
  const source = new Stream();
  new LivenessCheck(Object.assign(Object.create({ stopSource: true }), { source })).cancel();
  for (const { readyState } of [track, source.track]) assert.equal(readyState, "live");
});

test("the camera in use and its capabilities are told", async () => {
  withCameras([{ ...USB, settings: { facingMode: "user" } }]);
  const told = [];
  const { check } = await run({ onCapabilities: (capabilities) => told.push(capabilities) }, (page) => setTimeout(() => done(page)));
  const expected = { ...USB, facing: "front", infrared: false, depth: false, virtual: false, width: 640, height: 480 };
  assert.deepEqual(check.snapshot.camera, expected);
  assert.deepEqual(told, [{ ...expected, fps: 0, widths: null, heights: null, frameRates: null }]);
});

test("of a camera that a listener has closed by cancelling no capabilities are told", async () => {
  withCameras([FRONT]);
  const told = [];
  await run({}, done);
  const { LivenessCheck } = await load("core/index");
  const check = new LivenessCheck({ video: video(), onCapabilities: (capabilities) => told.push(capabilities) });
  check.addEventListener("change", ({ detail }) => detail.cameraLive && check.cancel());
  assert.equal(await check.start().then(() => "done", ({ code }) => code), "cancelled");
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(told, []);
});
