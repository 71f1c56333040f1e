import type { FailureCode } from "./generated/codes.js";
import type { EngineFault } from "./generated/wire.js";

/** A failure of loading, with its code. */
export class LoadError extends Error {
  constructor(
    readonly code: FailureCode,
    detail: string,
  ) {
    super(detail);
  }
}

const text = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** Fetches a file of the package, or another one; `code` is for one that cannot be had. */
export async function fetchAsset(url: URL, code: FailureCode = "engine_load_failed"): Promise<Response> {
  let directive = "";
  // A fetch that the policy refuses rejects like any network failure; only this event tells.
  const onViolation = (event: Event): void => {
    const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent;
    if (blockedURI === url.href) directive = effectiveDirective;
  };
  globalThis.addEventListener?.("securitypolicyviolation", onViolation);
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok) throw new LoadError(code, `${url.pathname}: HTTP ${response.status}`);
    return response;
  } catch (error) {
    if (error instanceof LoadError) throw error;
    if (directive) throw new LoadError("engine_blocked_by_csp", `${url.href}: refused by ${directive} of the page's policy`);
    throw new LoadError(code, `${url.pathname}: ${text(error)}`);
  } finally {
    globalThis.removeEventListener?.("securitypolicyviolation", onViolation);
  }
}

function compileFailure(error: unknown, url: URL): LoadError {
  const detail = `${url.pathname}: ${text(error)}`;
  if (error instanceof TypeError) return new LoadError("engine_load_failed", detail);
  if (/content security policy|unsafe-eval/i.test(detail)) return new LoadError("engine_blocked_by_csp", detail);
  if (error instanceof RangeError || /memory/i.test(detail)) return new LoadError("out_of_memory", detail);
  return new LoadError("engine_invalid", detail);
}

/** Compiles a module while it downloads; a server that sends the wrong MIME type costs speed only. */
export async function compileModule(url: URL): Promise<WebAssembly.Module> {
  const response = await fetchAsset(url);
  const type = response.headers.get("content-type")?.split(";")[0]?.trim();
  try {
    if (type === "application/wasm") return await WebAssembly.compileStreaming(response);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isWasm = bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
    if (!isWasm) throw new LoadError("engine_wrong_mime_type", `${url.pathname} is ${type ?? "untyped"}, not WebAssembly`);
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw error instanceof LoadError ? error : compileFailure(error, url);
  }
}

/** What the modules throw: an error with one of our codes. */
function codeOf(error: unknown): FailureCode | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  // A DOMException has a number. The modules' words are the codes that ours are generated from.
  return typeof code === "string" ? (code as FailureCode) : undefined;
}

/** Whatever instantiating or running a module threw, as a code and a detail. */
export function engineFault(error: unknown): EngineFault {
  if (error instanceof LoadError) return { code: error.code, detail: error.message };
  const detail = text(error);
  const code = codeOf(error);
  if (code) return { code, detail };
  if (error instanceof RangeError || /out of memory/i.test(detail)) return { code: "out_of_memory", detail };
  if (error instanceof WebAssembly.LinkError) return { code: "engine_invalid", detail };
  return { code: "engine_crashed", detail };
}

/** Whether the browser runs 128-bit SIMD: validates `(func (result v128) i32.const 0 i8x16.splat)`. */
export function hasSimd(): boolean {
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(bytes));
}

/** Whether it multiplies and adds in one step as well: the same of `f32x4.relaxed_madd` over three splats. */
export function hasRelaxedSimd(): boolean {
  const splat = [65, 0, 253, 15];
  const body = [0, ...splat, ...splat, ...splat, 253, 133, 2, 11];
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17];
  return WebAssembly.validate(new Uint8Array([...head, ...body]));
}

/** Whether it knows module workers: one that does not never looks at `type`. No worker is made, the address is none. */
export function hasModuleWorkers(): boolean {
  let known = false;
  const options = {
    get type(): WorkerType {
      known = true;
      return "module";
    },
  };
  try {
    new Worker("http://[", options).terminate();
  } catch {
    // As intended.
  }
  return known;
}
