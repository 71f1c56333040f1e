import type { Check } from "./host.js";
import { type ErrorView, LivenessError, ownError } from "./errors.js";
import { Engine } from "./engine.js";
import { LoadError, compileModule, engineFailure, hasSimd } from "./load.js";
import type { Detector, LivenessOptions, PreloadOptions, Snapshot, VerdictResult } from "./types.js";

export { LivenessError } from "./errors.js";
export type { CheckState, Detector, LivenessOptions, PreloadOptions, Snapshot, Timeouts, VerdictResult } from "./types.js";

type Host = typeof import("./host.js");

let host: Promise<Host> | null = null;

async function loadHostOnce(assetBase: string): Promise<Host> {
  if (!hasSimd()) throw new LoadError("simd_unsupported", "WebAssembly SIMD is missing");
  const url = assetBase ? new URL("host_bg.wasm", assetBase) : new URL("./host_bg.wasm", import.meta.url);
  const [glue, module] = await Promise.all([import("./host.js"), compileModule(url)]);
  await glue.default({ module_or_path: module });
  return glue;
}

/** Loads the page's module once; a failure is forgotten, so that the next check tries again. */
function loadHost(assetBase: string): Promise<Host> {
  host ??= loadHostOnce(assetBase).catch((error: unknown) => {
    host = null;
    const { code, detail } = engineFailure(error);
    // A script that cannot be imported rejects with a TypeError.
    throw ownError(error instanceof TypeError ? "engine_load_failed" : code, detail);
  });
  return host;
}

/** The folder of the package's files as an absolute URL; empty: beside this module. */
function folder(assetBase: string | URL | undefined): string {
  return assetBase ? new URL("./", absolute("assetBase", assetBase)).href : "";
}

/** A worker that `preload` has started, until a check takes it. */
let waiting: { base: string; engine: Engine } | null = null;

function waitingEngine(base: string): Engine | null {
  return waiting?.base === base && waiting.engine.waits ? waiting.engine : null;
}

/**
 * Fetches and compiles everything a check needs, so that a later `start()` is fast; for example once it is
 * clear that the person will need it. Asks for nothing and shows nothing. The worker it starts waits for
 * the next check with the same `assetBase` and the built-in detector. Rejects with a {@link LivenessError}
 * when something cannot be loaded; a check then tries again by itself.
 */
export async function preload(options: PreloadOptions = {}): Promise<void> {
  const base = folder(options.assetBase);
  let engine = waitingEngine(base);
  const loadedHost = loadHost(base);
  if (!engine) {
    waiting?.engine.drop();
    engine = new Engine();
    waiting = { base, engine };
  }
  const loaded = engine.loaded(base).catch((error: unknown) => {
    const blocked = error instanceof DOMException && error.name === "SecurityError";
    throw error instanceof LivenessError ? error : ownError(blocked ? "engine_blocked_by_csp" : "engine_load_failed", String(error));
  });
  try {
    await Promise.all([loadedHost, loaded]);
  } catch (error) {
    engine.drop();
    throw error;
  }
}

const IDLE: Snapshot = {
  state: "idle",
  guidance: "none",
  message: "",
  progress: 0,
  sessionId: null,
  framesTaken: 0,
  framesRequired: 0,
  framesUploaded: 0,
  verdict: null,
  error: null,
};

/** An address of the options as one that means the same in the worker. */
function absolute(option: string, url: string | URL): string {
  try {
    return new URL(url, document.baseURI).href;
  } catch (error) {
    throw ownError("invalid_options", `${option}: ${error}`);
  }
}

/** The page's own detector. */
function ownDetector({ detector }: LivenessOptions): { detector?: Detector } {
  return detector?.url ? { detector: { ...detector, url: absolute("detector.url", detector.url) } } : {};
}

/** What the page's module tells of a check. */
type View = Omit<Snapshot, "verdict" | "error"> & { verdict: RawVerdict | null; error: ErrorView | null };

/** A verdict in the API's spelling. */
type RawVerdict = Pick<VerdictResult, "verdict" | "score"> & { real_score: number; session_id: string } & Partial<
    Pick<VerdictResult, "type" | "model" | "warning" | "warnings"> & { input_source: string; created_at: string }
  >;

function inOurSpelling(raw: RawVerdict): VerdictResult {
  const { verdict, score, type = null, model = null, warning = null, warnings = null } = raw;
  return {
    ...{ verdict, score, type, model, warning, warnings, raw },
    realScore: raw.real_score,
    sessionId: raw.session_id,
    inputSource: raw.input_source ?? null,
    createdAt: raw.created_at ?? null,
  };
}

function asError(error: unknown): LivenessError {
  if (error instanceof LivenessError) return error;
  const view = error as Partial<ErrorView> | null;
  if (typeof view?.code === "string" && typeof view.message === "string") return new LivenessError(view as ErrorView);
  return ownError("internal", String(error));
}

/**
 * One liveness check. Make a new one for every attempt.
 *
 * Fires `change` (a `CustomEvent<Snapshot>`) after every change.
 */
export class LivenessCheck extends EventTarget {
  readonly #options: LivenessOptions;
  #snapshot: Snapshot = IDLE;
  #check: Check | null = null;
  #engine: Engine | null = null;
  #started: Promise<VerdictResult> | null = null;
  #settle: { resolve: (verdict: VerdictResult) => void; reject: (error: LivenessError) => void } | null = null;

  constructor(options: LivenessOptions) {
    super();
    this.#options = options;
  }

  /** The check as it stands now. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Runs the check. Resolves with the server's verdict, rejects with a {@link LivenessError}. */
  start(): Promise<VerdictResult> {
    this.#started ??= new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      void this.#begin();
    });
    return this.#started;
  }

  /** Ends the check and releases the camera. Nothing happens after the end. */
  cancel(): void {
    if (this.#check) this.#check.cancel();
    else if (!this.#over) this.#update({ ...this.#snapshot, state: "cancelled", error: ownError("cancelled") });
  }

  get #over(): boolean {
    return ["done", "failed", "cancelled"].includes(this.#snapshot.state);
  }

  async #begin(): Promise<void> {
    const { video, signal, assetBase, ...rest } = this.#options;
    if (signal?.aborted) this.cancel();
    if (this.#over) return;
    signal?.addEventListener("abort", () => this.cancel(), { once: true });
    this.#update({ ...IDLE, state: "requesting-camera", guidance: "wait" });
    // By a listener, at once.
    if (this.#over) return;
    try {
      const base = folder(assetBase);
      const engine = (this.#engine = this.#early(base));
      const { Check } = await loadHost(base);
      // Cancelled while the module was loading.
      if (this.#over) return;
      const endpoint = absolute("endpoint", `${rest.endpoint ?? ""}/`);
      const given = Object.entries({ ...rest, ...ownDetector(this.#options), headers: Object.entries(rest.headers ?? {}), endpoint, assetBase: base }).filter(([, value]) => value !== undefined);
      const onChange = (view: View): void => this.#onChange(view);
      this.#check = new Check(Object.fromEntries(given), video, () => engine.take(), onChange);
      this.#check.start();
    } catch (error) {
      this.#update({ ...this.#snapshot, state: "failed", error: asError(error) });
    }
  }

  /** A worker that loads while the page's module does, and the person is asked for the camera. */
  #early(base: string): Engine {
    // The page's own detector is a matter between worker and check.
    if (this.#options.detector) return new Engine();
    const ready = waitingEngine(base);
    if (ready) waiting = null;
    return ready ?? new Engine().load(base);
  }

  #onChange(view: View): void {
    const cancelled = view.state === "cancelled" ? ownError("cancelled") : null;
    const verdict = view.verdict && inOurSpelling(view.verdict);
    this.#update({ ...view, verdict, error: view.error ? new LivenessError(view.error) : cancelled });
  }

  #update(snapshot: Snapshot): void {
    if (this.#over) return;
    this.#snapshot = snapshot;
    this.dispatchEvent(new CustomEvent("change", { detail: snapshot }));
    if (this.#over) this.#release();
    if (snapshot.state === "done" && snapshot.verdict) this.#settle?.resolve(snapshot.verdict);
    else if (snapshot.error) this.#settle?.reject(snapshot.error);
  }

  #release(): void {
    this.#engine?.drop();
    const check = this.#check;
    this.#check = null;
    // Not at once: this may run within a call of the very object.
    if (check) queueMicrotask(() => check.free());
  }
}
