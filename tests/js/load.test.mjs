// What it means when a module cannot be compiled, or cannot be made to run.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "./load.mjs";

const { compileModule, engineFault } = await load("core/load");

/** How each browser refuses a module by a policy without 'wasm-unsafe-eval', in its own words. */
const REFUSALS = [
  [WebAssembly.CompileError, "WebAssembly.compileStreaming(): Refused to compile or instantiate WebAssembly module because neither 'wasm-eval' nor 'unsafe-eval' is an allowed source of script in the following Content Security Policy directive: \"script-src 'self'\""],
  [WebAssembly.CompileError, "WebAssembly.compileStreaming(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-unsafe-eval' nor 'unsafe-eval' is an allowed source of script"],
  [WebAssembly.CompileError, "call to WebAssembly.compileStreaming() blocked by CSP"],
  [WebAssembly.CompileError, "call to WebAssembly.instantiate() blocked by CSP"],
  [EvalError, "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script in the following Content Security Policy directive: \"script-src 'self'\".\n"],
];

/** Compiles an empty module in a browser that throws this. */
async function compiling(error) {
  const compile = mock.method(WebAssembly, "compileStreaming", async () => {
    throw error;
  });
  try {
    return await compileModule(Promise.resolve(new Response(null, { headers: { "content-type": "application/wasm" } })), "host_bg.wasm").catch(engineFault);
  } finally {
    compile.mock.restore();
  }
}

test("a policy without 'wasm-unsafe-eval' is named in every browser, wherever it strikes", async () => {
  for (const [Kind, message] of REFUSALS) {
    assert.equal((await compiling(new Kind(message))).code, "engine_blocked_by_policy", message);
    const fault = engineFault(new Kind(message));
    assert.deepEqual([fault.code, fault.detail.includes(message)], ["engine_blocked_by_policy", true], message);
  }
});

test("what is no policy is told by what it is", async () => {
  const { CompileError, LinkError, RuntimeError } = WebAssembly;
  for (const [error, code] of [
    [new CompileError("expected magic word 00 61 73 6d"), "engine_invalid"],
    [new TypeError("Failed to fetch"), "engine_load_failed"],
    [new RangeError("Out of memory"), "out_of_memory"],
  ]) assert.equal((await compiling(error)).code, code, error.message);
  for (const [error, code] of [
    [new LinkError("import object field is not a Function"), "engine_invalid"],
    [new RuntimeError("unreachable"), "engine_crashed"],
    [new RangeError("could not allocate memory"), "out_of_memory"],
    ["network_error", "engine_crashed"],
    [Object.assign(new Error("unsafe-eval"), { code: "frames_stalled" }), "frames_stalled"],
  ]) assert.equal(engineFault(error).code, code, `${error}`);
});

test("a code that is not among ours is a bug, and kept in the detail", async () => {
  const { asError } = await load("core/errors");
  for (const [thrown, code, detail] of [
    [{ code: "camera_denied", detail: "why" }, "camera_denied", "why"],
    [{ code: "camera_denied" }, "camera_denied", null],
    [{ code: "brand_new", detail: "why" }, "internal", "brand_new: why"],
    [{ code: "toString", detail: "why" }, "internal", "toString: why"],
    [Object.assign(new TypeError("no"), { code: "ERR_X" }), "internal", "ERR_X: TypeError: no"],
    [engineFault(Object.assign(new Error("no"), { code: "brand_new" })), "internal", "brand_new: Error: no"],
    [new Error("no"), "internal", "Error: no"],
    [null, "internal", "null"],
  ]) {
    const error = asError(thrown);
    assert.deepEqual([error.code, error.detail], [code, detail], String(detail));
  }
});
