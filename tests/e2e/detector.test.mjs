// The page's own face detector: the second module loads only for it, and what is wrong with it is reported.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { startDetector } from "./lib/detector.mjs";
import { assertClean, assertCrops, assertFaceScale } from "./lib/expect.mjs";
import { MODEL_FILE, REPO } from "./lib/paths.mjs";
import { newestRun } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const NETWORK_NOISE = [/Failed to load resource/];
const FRAMES = 10;
const BLAZEFACE = MODEL_FILE.replace(/\.bin$/, ".onnx");
/** In a package of its own, so not among the page's files. */
const MODULE = join(REPO, "pkg/onnx/dist/vision_onnx_bg.wasm");
/** Only present where someone has made it: see models/README.md. */
const YUNET = join(dirname(MODEL_FILE), "yunet_for_tests.onnx");

/** The same file with an operator's name replaced by one of the same length. */
function renamed(bytes, from, to) {
  assert.equal(from.length, to.length);
  const text = bytes.toString("latin1");
  assert.ok(text.includes(from));
  return Buffer.from(text.replaceAll(from, to), "latin1");
}

describe("the page's own detector", () => {
  const world = suite();
  let reference;
  let blazeface;
  before(async () => {
    blazeface = readFileSync(BLAZEFACE);
    reference = await startDetector();
  });
  after(() => reference?.stop());

  /** Answers requests for /own.onnx. */
  function serve(answer) {
    const whole = { status: 200, headers: { "content-type": "application/octet-stream" }, ...answer };
    world.proxy.rules.push(({ path }) => (path === "/own.onnx" ? whole : undefined));
  }

  /** Runs one check with this detector in a page that is not the demo. */
  async function check(detector) {
    const body = `<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,"><body><video id="preview" playsinline muted></video>`;
    world.proxy.rules.push(({ path }) => (path === "/shop" ? { status: 200, headers: { "content-type": "text/html" }, body } : undefined));
    const module = { status: 200, headers: { "content-type": "application/wasm" }, body: readFileSync(MODULE) };
    world.proxy.rules.push(({ path }) => (path === "/vision_onnx_bg.wasm" ? module : undefined));
    const visit = await world.visit({ camera: drawnCamera() });
    await visit.page.goto(`${world.proxy.origin}/shop`);
    world.proxy.exchanges.length = 0;
    const result = await visit.page.evaluate(
      async ([detector, frames]) => {
        const { LivenessCheck, LivenessError } = await import("/liveness-capture/index.js");
        const options = { video: document.getElementById("preview"), model: `mixed-${frames}-v2`, fps: 10, detector };
        try {
          return { verdict: await new LivenessCheck(options).start() };
        } catch (error) {
          const { code, detail, retriable } = error;
          return { code, detail, retriable, typed: error instanceof LivenessError };
        }
      },
      [detector && { module: "/vision_onnx_bg.wasm", ...detector }, FRAMES],
    );
    return { visit, result };
  }

  const fetched = (name) => world.proxy.exchanges.some(({ path }) => path.endsWith(`/${name}`));

  async function assertVerdict({ visit, result }, sizes) {
    assert.match(result.verdict?.verdict ?? "", /^(live|fake|inconclusive)$/, JSON.stringify(result));
    // Only the run that was decided counts.
    const decided = newestRun(world.proxy.crops().filter(({ path }) => path.includes(result.verdict.sessionId)));
    const pngs = assertCrops(decided, FRAMES);
    if (sizes) await assertFaceScale(reference, pngs);
    await assertClean(visit);
  }

  test("without the option its module is not fetched", async () => {
    await assertVerdict(await check(undefined), true);
    assert.ok(fetched("vision_bg.wasm"));
    assert.deepEqual(world.proxy.exchanges.filter(({ path }) => path.includes("onnx")), []);
  });

  test("a BlazeFace gets a verdict, on the same crops, without the built-in module and weights", async () => {
    serve({ body: blazeface });
    await assertVerdict(await check({ url: "own.onnx", kind: "blazeface" }), true);
    assert.ok(fetched("own.onnx") && fetched("vision_onnx_bg.wasm"));
    assert.ok(!fetched("vision_bg.wasm"), "the built-in module must not be fetched");
    assert.deepEqual(world.proxy.exchanges.filter(({ path }) => path.endsWith(".bin")), []);
  });

  test("a YuNet gets a verdict", { skip: existsSync(YUNET) ? false : `${YUNET} is absent` }, async () => {
    serve({ body: readFileSync(YUNET) });
    // Its boxes are taller, so its crops have another scale than usual.
    await assertVerdict(await check({ url: new URL("/own.onnx", world.proxy.origin).href, kind: "yunet", side: 256 }), false);
  });

  async function fails(detector, code, detail, retriable = false) {
    const { visit, result } = await check(detector);
    assert.equal(result.code, code, JSON.stringify(result));
    assert.match(result.detail, detail);
    assert.equal(result.retriable, retriable);
    assert.ok(result.typed, "a LivenessError");
    assert.deepEqual(world.proxy.crops(), []);
    await assertClean(visit, { consoleErrors: NETWORK_NOISE });
  }
  const own = (kind, more = {}) => ({ url: "/own.onnx", kind, ...more });

  test("a URL that leads nowhere", async () => {
    serve({ status: 404, body: "not found" });
    await fails(own("yunet"), "detector_load_failed", /\/own\.onnx is not there \(HTTP 404\)/, true);
  });

  test("a connection that is cut", async () => {
    world.proxy.rules.push(({ path }) => (path === "/own.onnx" ? { drop: true } : undefined));
    await fails(own("yunet"), "detector_load_failed", /\/own\.onnx: /, true);
  });

  test("a web page in place of the file", async () => {
    serve({ body: "<!doctype html><title>Welcome</title>" });
    await fails(own("blazeface"), "detector_invalid", /not an ONNX model/);
  });

  test("an operator that cannot be run is named", async () => {
    serve({ body: renamed(blazeface, "MaxPool", "MaxFool") });
    await fails(own("blazeface"), "detector_unsupported", /not supported: MaxFool$/);
  });

  test("outputs of another kind are listed", async () => {
    serve({ body: blazeface });
    await fails(own("yunet"), "detector_mismatch", /not a yunet detector: its outputs .*classificators \[1, 896, 1\].*missing: cls_8/);
  });

  test("a side that is impossible for the kind", async () => {
    serve({ body: blazeface });
    await fails(own("blazeface", { side: 256 }), "invalid_options", /side of 256/);
  });

  test("a kind that does not exist, and a detector without a URL", async () => {
    await fails(own("yolo"), "invalid_options", /detector\.kind/);
    await fails({ kind: "yunet" }, "invalid_options", /url/);
    await fails({ url: "http://[", kind: "yunet" }, "invalid_options", /detector\.url/);
  });

  test("the module that reads ONNX is missing", async () => {
    serve({ body: blazeface });
    world.proxy.rules.push(({ path }) => (path.endsWith("/vision_onnx_bg.wasm") ? { status: 404, body: "not found" } : undefined));
    await fails(own("blazeface"), "engine_file_missing", /vision_onnx_bg\.wasm is not there \(HTTP 404\)/);
  });
});
