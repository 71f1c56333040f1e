// Everything that can go wrong with worker, wasm and model gives a typed error, never a silent "no face".
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertVerdict } from "./lib/expect.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

const NOT_FOUND = { status: 404, headers: { "content-type": "text/plain" }, body: "not found" };
const HTML = { status: 200, headers: { "content-type": "text/html" }, body: "<!doctype html><title>Welcome</title>" };
const is = (name) => ({ path }) => path.endsWith(`/${name}`);
/** The weights' name holds their content's hash. */
const isModel = ({ path }) => /\/blazeface_short_range-[0-9a-f]{8}\.bin$/.test(path);
/** The gateway's answer cut short. Not cached, since the browser would keep the file for good. */
const damaged = ({ headers, body, ...answer }) => ({ ...answer, headers: { ...headers, "cache-control": "no-store" }, body: body.subarray(0, 1000) });
/** The gateway's answer with other headers. */
const withHeaders = (change) => ({ rewrite: (answer) => ({ ...answer, headers: { ...answer.headers, ...change(answer.headers) } }) });
/** The gateway's policy, without permission to compile WebAssembly. */
const withoutWasm = withHeaders((headers) => ({
  "content-security-policy": headers["content-security-policy"].replace("'wasm-unsafe-eval'", ""),
}));

/** Runs in the worker before its own script. Once there are frames, the wasm's exports throw after `calls` calls, by default like a trap. */
function trapAfter(calls, error = () => new WebAssembly.RuntimeError("unreachable")) {
  let left = calls;
  let frames = false;
  addEventListener("message", ({ data }) => void (frames ||= data.type === "stream" || data.type === "frame"));
  const trapping = (exports) =>
    Object.fromEntries(
      Object.entries(exports).map(([name, value]) => {
        if (typeof value !== "function" || /malloc|free|realloc|start|ctors/.test(name)) return [name, value];
        return [name, (...args) => {
          if (frames && left-- <= 0) throw error();
          return value(...args);
        }];
      }),
    );
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (source, imports) => {
    const result = await instantiate(source, imports);
    const instance = result instanceof WebAssembly.Instance ? result : result.instance;
    return { instance: { exports: trapping(instance.exports) }, module: source };
  };
}

describe("engine failures", () => {
  const world = suite();

  /** Expects the check to end with `code`, words on the page, the camera off and nothing uploaded. */
  async function failsWith(visit, code, timeout = 15_000) {
    const app = await visit.until("failed", timeout);
    assert.equal(app.error, code);
    assert.ok((await visit.page.locator("#problem-advice li").count()) > 0);
    assert.equal(await visit.liveTracks(), 0, "live camera tracks");
    assert.equal(await visit.liveWorkers(), 0, "live workers");
    assert.deepEqual(visit.foreignRequests(), []);
    assert.deepEqual(visit.pageErrors, []);
  }

  async function worksAgain(visit) {
    world.proxy.reset();
    await visit.start();
    assertVerdict(await visit.ended());
    assert.equal(await visit.liveTracks(), 0);
  }

  const TEXT = { status: 200, headers: { "content-type": "text/plain" }, body: "hello" };
  const SYNTAX = { status: 200, headers: { "content-type": "text/javascript" }, body: "let let;" };
  const INVALID = { status: 200, headers: { "content-type": "application/wasm" }, body: Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 255, 255]) };
  const blocked = [
    ["vision_bg.wasm is missing", is("vision_bg.wasm"), NOT_FOUND, "engine_file_missing"],
    ["vision_bg.wasm's connection is cut", is("vision_bg.wasm"), { drop: true }, "engine_load_failed"],
    ["vision_bg.wasm is a web page", is("vision_bg.wasm"), HTML, "engine_file_missing"],
    ["vision_bg.wasm is a text", is("vision_bg.wasm"), TEXT, "engine_wrong_mime_type"],
    ["vision_bg.wasm is damaged", is("vision_bg.wasm"), INVALID, "engine_invalid"],
    ["the model is missing", isModel, NOT_FOUND, "engine_file_missing"],
    ["the model is damaged", isModel, { rewrite: damaged }, "engine_invalid"],
    ["worker.js is missing", is("worker.js"), NOT_FOUND, "engine_file_missing"],
    ["worker.js is a web page", is("worker.js"), HTML, "engine_file_missing"],
    ["worker.js is a text", is("worker.js"), TEXT, "engine_wrong_mime_type"],
    ["worker.js's connection is cut", is("worker.js"), { drop: true }, "engine_load_failed"],
    ["worker.js is not the script it should be", is("worker.js"), SYNTAX, "engine_crashed"],
    ["host_bg.wasm is missing", is("host_bg.wasm"), NOT_FOUND, "engine_file_missing"],
    ["host_bg.wasm is a web page", is("host_bg.wasm"), HTML, "engine_file_missing"],
    ["host_bg.wasm is damaged", is("host_bg.wasm"), INVALID, "engine_invalid"],
  ];
  for (const [what, matches, action, code] of blocked) {
    test(`${what}: ${code}, and Try again works`, async () => {
      world.proxy.rules.push((exchange) => (matches(exchange) ? action : undefined));
      const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
      await visit.start();
      await failsWith(visit, code);
      assert.deepEqual(world.proxy.crops(), []);
      await worksAgain(visit);
    });
  }

  test("worker.js is not there for a moment, on a page that runs workers of its own origin only: it is asked for again", async () => {
    let asked = 0;
    world.proxy.rules.push((exchange) => {
      if (exchange.path === "/") return withHeaders((headers) => ({ "content-security-policy": headers["content-security-policy"].replace(/worker-src[^;]*/, "worker-src 'self'") }));
      return is("worker.js")(exchange) && (asked += 1) === 1 ? { status: 503, body: "" } : undefined;
    });
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.start();
    assertVerdict(await visit.ended());
    assert.ok(asked > 1);
    assert.equal(await visit.liveWorkers(), 0);
  });

  test("a worker that may not compile wasm itself gets the module from the page", async () => {
    world.proxy.rules.push((exchange) => (is("worker.js")(exchange) ? withoutWasm : undefined));
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.start();
    assertVerdict(await visit.ended());
  });

  test("the page's policy forbids wasm: engine_blocked_by_policy", async () => {
    world.proxy.rules.push(({ path }) => (path === "/" ? withoutWasm : undefined));
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.start();
    await failsWith(visit, "engine_blocked_by_policy");
  });

  test("the package itself is missing: engine_load_failed instead of a dead button", async () => {
    world.proxy.rules.push((exchange) => (is("index.js")(exchange) ? NOT_FOUND : undefined));
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.start();
    await failsWith(visit, "engine_load_failed");
    // A browser may remember that a module failed to load; the advice is to reload the page.
    world.proxy.reset();
    await visit.open(QUICK);
    await worksAgain(visit);
  });

  test("wasm served with the wrong type still works", async () => {
    const octets = withHeaders(() => ({ "content-type": "application/octet-stream" }));
    world.proxy.rules.push(({ path }) => (path.endsWith(".wasm") ? octets : undefined));
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.start();
    assertVerdict(await visit.ended());
  });

  test("the wasm traps in the middle: engine_crashed, and Try again works", async () => {
    const prelude = `(${trapAfter})(12);\n`;
    const poison = { rewrite: (answer) => ({ ...answer, body: Buffer.concat([Buffer.from(prelude), answer.body]) }) };
    world.proxy.rules.push((exchange) => (is("worker.js")(exchange) ? poison : undefined));
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.start();
    await failsWith(visit, "engine_crashed");
    assert.ok((await visit.timeline()).some(({ state }) => state === "positioning"), "it must have been running before");
    await worksAgain(visit);
  });

  test("a browser without SIMD: simd_unsupported before the camera is requested", async () => {
    // Such a browser rejects the probe but compiles everything else.
    const old = () => (WebAssembly.validate = () => false);
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK, init: [[old]] });
    await visit.start();
    await failsWith(visit, "simd_unsupported");
    assert.equal(await visit.page.evaluate(() => globalThis.__record.cameraCalls), 0);
  });

  test("a browser without relaxed SIMD gets the compatible module, and a verdict", async () => {
    const asked = [];
    // It does have SIMD, or the check would not begin.
    const withoutRelaxed = () => {
      const { validate } = WebAssembly;
      WebAssembly.validate = (bytes) => validate(bytes) && !new Uint8Array(bytes).includes(133);
    };
    const old = Buffer.from(`(${withoutRelaxed})();\n`);
    const poison = { rewrite: (answer) => ({ ...answer, body: Buffer.concat([old, answer.body]) }) };
    world.proxy.rules.push((exchange) => {
      asked.push(exchange.path);
      return is("worker.js")(exchange) ? poison : undefined;
    });
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK, init: [[withoutRelaxed]] });
    await visit.start();
    assertVerdict(await visit.ended());
    assert.ok(asked.some((path) => path.endsWith("/vision_compat_bg.wasm")));
    assert.ok(!asked.some((path) => path.endsWith("/vision_bg.wasm")));
  });

  /** Runs in the worker before its own script: there is not enough memory for the module. */
  const noMemory = () => {
    WebAssembly.instantiate = () => Promise.reject(new RangeError("WebAssembly.instantiate(): Out of memory: Cannot allocate Wasm memory for new instance"));
  };
  /** The same later: an export fails to grow the memory. */
  const memoryEnds = `(${trapAfter})(12, () => new RangeError("Array buffer allocation failed"))`;
  for (const [when, prelude] of [["at the start", `(${noMemory})()`], ["in the middle", memoryEnds]]) {
    test(`no memory ${when}: out_of_memory, and Try again works`, async () => {
      const poison = { rewrite: (answer) => ({ ...answer, body: Buffer.concat([Buffer.from(`${prelude};\n`), answer.body]) }) };
      world.proxy.rules.push((exchange) => (is("worker.js")(exchange) ? poison : undefined));
      const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
      await visit.start();
      await failsWith(visit, "out_of_memory");
      await worksAgain(visit);
    });
  }

  for (const state of ["positioning", "capturing"]) {
    const camera = () => drawnCamera(state === "positioning" ? { faces: [], frames: 20 } : {});
    const query = { model: "mixed-10-v2", fps: "5" };

    test(`the worker is killed while ${state}: engine_crashed`, async () => {
      const visit = await world.visit({ camera: camera(), query });
      await visit.start();
      await visit.until(state);
      await visit.page.evaluate(() => {
        const worker = globalThis.__record.workers.at(-1);
        // Not by the package, which would know.
        Worker.prototype.terminate.call(worker);
        worker.dispatchEvent(new ErrorEvent("error", { message: "killed" }));
      });
      await failsWith(visit, "engine_crashed", 3_000);
      if (state === "capturing") await worksAgain(visit);
    });
  }

  test("the worker dies silently: there is an error nevertheless, and Try again works", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: { model: "mixed-10-v2", fps: "5" } });
    await visit.start();
    await visit.until("capturing");
    await visit.page.evaluate(() => Worker.prototype.terminate.call(globalThis.__record.workers.at(-1)));
    const app = await visit.until("failed", 15_000);
    assert.ok(["engine_crashed", "frames_stalled"].includes(app.error), app.error);
    assert.equal(await visit.liveTracks(), 0);
    await worksAgain(visit);
  });
});
