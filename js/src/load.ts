/** A failure of loading, with the code the page will see. */
export class LoadError extends Error {
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

const text = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** Fetches a file of the package, or another one; `code` is for one that cannot be had. */
export async function fetchAsset(url: URL, code = "engine_load_failed"): Promise<Response> {
  let blocked = false;
  // A fetch that the policy refuses rejects like any network failure; only this event tells.
  const onViolation = (): void => void (blocked = true);
  globalThis.addEventListener?.("securitypolicyviolation", onViolation);
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok) throw new LoadError(code, `${url.pathname}: HTTP ${response.status}`);
    return response;
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw new LoadError(blocked ? "engine_blocked_by_csp" : code, `${url.pathname}: ${text(error)}`);
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

/** Whatever instantiating or running a module threw, as a code and a detail. */
export function engineFailure(error: unknown): { code: string; detail: string } {
  if (error instanceof LoadError) return { code: error.code, detail: error.message };
  const detail = text(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") return { code, detail };
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
