import type { FailureCode } from "../generated/codes.js";
import type { EngineFault } from "../generated/wire.js";

/** A failure to load, with its code. */
export class LoadError extends Error {
  constructor(
    readonly code: FailureCode,
    detail: string,
  ) {
    super(detail);
  }
}

const text = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
const mimeType = ({ headers }: Response): string => headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";

/** Why a file is not what was asked for, if so: a server may answer every path with the same web page. */
function misplaced(response: Response, url: URL, failed: FailureCode, missing: FailureCode): LoadError | null {
  const { ok, status } = response;
  if (status === 404 || status === 410) return new LoadError(missing, `${url.href} is not there (HTTP ${status})`);
  if (!ok) return new LoadError(failed, `${url.href}: HTTP ${status}`);
  if (mimeType(response) === "text/html") return new LoadError(missing, `${url.href} is a web page, not this file`);
  return null;
}

/** Whether the other origin has the file, and only does not let this page read it. */
async function isUnreadable(url: URL): Promise<boolean> {
  if (url.origin === globalThis.origin) return false;
  return fetch(url, { mode: "no-cors", credentials: "omit" }).then(() => true, () => false);
}

/**
 * Fetches one of the package's files, or with other codes another one: `failed` if the network fails, `missing`
 * if it is not there.
 */
export async function fetchAsset(url: URL, failed: FailureCode = "engine_load_failed", missing: FailureCode = "engine_file_missing"): Promise<Response> {
  let directive = "";
  // A fetch refused by the policy rejects like any network failure; only this event tells them apart.
  const onViolation = (event: Event): void => {
    const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent;
    if (blockedURI === url.href) directive = effectiveDirective;
  };
  globalThis.addEventListener?.("securitypolicyviolation", onViolation);
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    const fault = misplaced(response, url, failed, missing);
    if (fault) throw fault;
    return response;
  } catch (error) {
    if (error instanceof LoadError) throw error;
    if (directive) throw new LoadError("engine_blocked_by_policy", `${url.href}: refused by ${directive} of the page's Content-Security-Policy`);
    if (await isUnreadable(url)) {
      throw new LoadError("engine_cross_origin", `${url.href}: that server does not let ${globalThis.origin} read it (Access-Control-Allow-Origin)`);
    }
    // A server with a strict Cross-Origin-Resource-Policy looks like none at all.
    const also = url.origin === globalThis.origin ? "" : `, or that server does not let ${globalThis.origin} read it`;
    throw new LoadError(failed, `${url.href}: ${text(error)}${also}`);
  } finally {
    globalThis.removeEventListener?.("securitypolicyviolation", onViolation);
  }
}

/** Fetches the worker's script. */
export async function fetchScript(url: URL): Promise<string> {
  const response = await fetchAsset(url);
  const type = mimeType(response);
  // What browsers take for a script.
  if (!/(java|ecma)script$/.test(type)) throw new LoadError("engine_wrong_mime_type", `${url.href} is ${type || "untyped"}, not text/javascript`);
  return response.text();
}

/** Whether a policy without 'wasm-unsafe-eval' is what refuses the module: Firefox and Chromium refuse to compile it, Safari to run it. */
const isPolicy = (detail: string): boolean => /content security policy|unsafe-eval|blocked by csp/i.test(detail);

function compileFailure(error: unknown, name: string): LoadError {
  const detail = `${name}: ${text(error)}`;
  if (error instanceof TypeError) return new LoadError("engine_load_failed", detail);
  if (isPolicy(detail)) return new LoadError("engine_blocked_by_policy", detail);
  if (error instanceof RangeError || /memory/i.test(detail)) return new LoadError("out_of_memory", detail);
  return new LoadError("engine_invalid", detail);
}

/** Compiles a module while it downloads. A wrong MIME type only makes it slower. */
export async function compileModule(opening: Promise<Response>, name: string): Promise<WebAssembly.Module> {
  const response = await opening;
  const type = mimeType(response);
  try {
    if (type === "application/wasm") return await WebAssembly.compileStreaming(response);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isWasm = bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
    if (!isWasm) throw new LoadError("engine_wrong_mime_type", `${response.url || name} is ${type || "untyped"}, not WebAssembly`);
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw error instanceof LoadError ? error : compileFailure(error, name);
  }
}

/** Whatever instantiating or running a module threw, as a code and a detail. */
export function engineFault(error: unknown): EngineFault {
  if (error instanceof LoadError) return { code: error.code, detail: error.message };
  const detail = text(error);
  const { code } = Object(error) as { code?: unknown };
  // A DOMException's code is a number; the modules' are strings, the ones our types are generated from. Whoever reads the fault
  // knows all of them; one that is not among them becomes `internal`.
  if (typeof code === "string") return { code: code as FailureCode, detail };
  if (isPolicy(detail)) return { code: "engine_blocked_by_policy", detail };
  if (error instanceof RangeError || /out of memory/i.test(detail)) return { code: "out_of_memory", detail };
  if (error instanceof WebAssembly.LinkError) return { code: "engine_invalid", detail };
  return { code: "engine_crashed", detail };
}

/**
 * Whether the browser runs what the modules are made of: 128-bit SIMD, by `(func (result v128) i32.const 0
 * i8x16.splat)`, and reference types, by `(table 0 externref)`.
 */
export function hasSimd(): boolean {
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 4, 4, 1, 111, 0, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(bytes));
}

/** Whether it runs relaxed SIMD: validates the same with `f32x4.relaxed_madd` over three splats. */
export function hasRelaxedSimd(): boolean {
  const splat = [65, 0, 253, 15];
  const body = [0, ...splat, ...splat, ...splat, 253, 133, 2, 11];
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17];
  return WebAssembly.validate(new Uint8Array([...head, ...body]));
}
