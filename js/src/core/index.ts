/// <reference lib="esnext.disposable" preserve="true" />
import initHost, { Check, type Page } from "./host.js";
import { builtIn } from "./assets/built_in.js";
import { filesIn } from "./assets/files.js";
import type { AssetSource } from "./assets/source.js";
import { type DetectorFiles, Engine } from "./engine.js";
import { LivenessError, asError } from "./errors.js";
import { TERMINAL_STATES } from "../generated/codes.js";
import { LOADING_TIMEOUT_MS, type LivenessOptions, type PreloadOptions } from "../generated/options.js";
import type { VerdictData } from "../generated/api.js";
import type { CheckView } from "../generated/wire.js";
import { IDLE, SILENT } from "./idle.js";
import { compileModule, engineFault, hasSimd } from "./load.js";
import { openCamera } from "./camera.js";
import { type CameraInUse, cameraInUse, getCameraCapabilities } from "./cameras.js";
import { type CameraWish, type Prepared, preloadFolder, prepare, streamToStop } from "./options.js";
import { quietly, stopStream } from "./quietly.js";
import { readsNoise } from "./read_back.js";
import { sendLast } from "./request.js";
import { Recorder, type Trace } from "./trace.js";
import type { Snapshot, VerdictResult } from "./types.js";
import { within } from "./within.js";
import { GUIDANCE } from "../words/en.js";

export type { Camera, CameraCapabilities, CameraInUse, CameraRequirements, Range } from "./cameras.js";
export { CAMERA_REQUIREMENTS, getCameraCapabilities, getOptimalConstraints, listCameras, validateCameraRequirements, watchCameras } from "./cameras.js";
export { LivenessError } from "./errors.js";
export type { CheckState, FailureCode, Guidance, Help } from "../generated/codes.js";
export type { Detector, Escalation, GivenSession, LivenessOptions, PreloadOptions, Timeouts } from "../generated/options.js";
export type { CaptureWarning } from "../generated/wire.js";
export type { Trace, TraceRow } from "./trace.js";
export type { Snapshot, VerdictResult } from "./types.js";

let host: Promise<void> | null = null;

async function loadHostOnce(source: AssetSource): Promise<void> {
  const name = "host_bg.wasm";
  await initHost({ module_or_path: await compileModule(source.open(name), name) });
}

/** Loads the page's module once. A failure is not kept, so the next check tries again. */
function loadHost(source: AssetSource): Promise<void> {
  host ??= loadHostOnce(source).catch((error: unknown) => {
    host = null;
    throw asError(engineFault(error));
  });
  return host;
}

/** The package's files: in a folder that the page names, or where the build has put them. */
const sourceOf = (folder: string): AssetSource => (folder ? filesIn(folder) : builtIn);

/** Throws if the browser lacks something every check needs. */
function requireBrowser(): void {
  if (!hasSimd()) throw new LivenessError("simd_unsupported", "WebAssembly SIMD or reference types are missing");
}

/** What has stalled is asked for anew by the next check. */
function late(detail: string): LivenessError {
  host = null;
  return new LivenessError("engine_load_timeout", detail);
}

/** The worker that `preload` has started, until a check takes it. */
let waiting: { id: string; engine: Engine } | null = null;

function waitingEngine({ id }: AssetSource): Engine | null {
  return waiting?.id === id && waiting.engine.waits ? waiting.engine : null;
}

/**
 * Fetches and compiles everything a check needs, so that a later `start()` is fast; for example once it is
 * clear that the person will need it. Asks for nothing and shows nothing. The worker it starts waits for
 * the next check with the same `assetBase` and the built-in detector. Rejects with a {@link LivenessError}
 * if something cannot be loaded; the check itself then tries again.
 */
export async function preload(options: PreloadOptions = {}): Promise<void> {
  const source = sourceOf(preloadFolder(options));
  requireBrowser();
  let engine = waitingEngine(source);
  const loadedHost = loadHost(source);
  if (!engine) {
    waiting?.engine.drop();
    engine = new Engine(source);
    waiting = { id: source.id, engine };
  }
  engine.wanted += 1;
  try {
    await within(LOADING_TIMEOUT_MS, Promise.all([loadedHost, engine.loaded()]), late);
  } catch (error) {
    // A call that came later has time left.
    if (!--engine.wanted) engine.drop();
    throw asError(error);
  }
}

function inOurSpelling(raw: VerdictData, earlier: VerdictData[] = []): VerdictResult {
  const { verdict, score, type = null, model = null, warning = null, warnings = null } = raw;
  return {
    verdict, score, type, model, warning, warnings, raw: { ...raw },
    realScore: raw.real_score,
    sessionId: raw.session_id,
    inputSource: raw.input_source ?? null,
    createdAt: raw.created_at ?? null,
    earlier: earlier.map((raw) => inOurSpelling(raw)),
  };
}

/** Browsers without explicit resource management have it from a library, or from TypeScript's own helper. */
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** What {@link LivenessCheck} fires. */
export interface LivenessCheck {
  addEventListener(type: "change", listener: (event: CustomEvent<Snapshot>) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(...listener: Parameters<EventTarget["addEventListener"]>): void;
}

/**
 * One liveness check. Make a new one for every attempt.
 *
 * Fires `change` (a `CustomEvent<Snapshot>`) after every change. The same can be had by iteration, which starts
 * the check:
 *
 * ```js
 * for await (const { state, message } of check) show(state, message);
 * const { verdict } = await check.result;
 * ```
 *
 * Leaving the loop early cancels the check, as does leaving the scope of `using check = new LivenessCheck(...)`.
 */
export class LivenessCheck extends EventTarget {
  readonly #options: LivenessOptions;
  #snapshot: Snapshot = IDLE;
  #check: Check | null = null;
  #engine: Engine | null = null;
  #started = false;
  #settle!: { resolve: (verdict: VerdictResult) => void; reject: (error: LivenessError) => void };
  /** The verdict. Settles when the check ends; rejects with a {@link LivenessError}. */
  readonly result: Promise<VerdictResult>;
  /** Every camera stream of this check: whatever goes wrong, they are stopped at the end. */
  readonly #streams = new Set<MediaStream>();
  #camera: CameraInUse | null = null;
  /** The stream that is looked at. */
  #live: MediaStream | null = null;
  #unlisten: () => void = () => undefined;
  #recorder: Recorder | null = null;
  #cause: string | null = null;

  constructor(options: LivenessOptions) {
    super();
    this.#options = options;
    this.result = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever only listens to events need not handle it as well.
    this.result.catch(() => undefined);
  }

  /** The check's current state. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /**
   * Records what is measured and decided from now on, for a report of a problem; call it before `start()`. The record
   * fills as the check goes on, and is plain JSON: no pictures, no tokens.
   */
  record(): Trace {
    // Not checked yet, and the page's: there may be none.
    const { fps = null, source = "camera", mode = null, timeouts, escalation } = Object(this.#options) as LivenessOptions;
    const file = source !== "camera" && !("getVideoTracks" in Object(source));
    this.#recorder ??= new Recorder({ fps, file, mode, timeouts: { ...timeouts }, escalates: !!escalation });
    return this.#recorder.trace;
  }

  /** Runs the check. Resolves with the server's verdict, rejects with a {@link LivenessError}. */
  start(): Promise<VerdictResult> {
    // Known before anything is told: a listener may call this again.
    const first = !this.#started;
    this.#started = true;
    if (first && !this.#over) void this.#begin();
    return this.result;
  }

  /** Starts the check and yields every state it goes through, with the newest snapshot of each, until it ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Snapshot, void, undefined> {
    const queue: Snapshot[] = [];
    let wake = (): void => undefined;
    const onChange = (event: Event): void => {
      const snapshot = (event as CustomEvent<Snapshot>).detail;
      // A slow reader gets the newest of each state.
      if (queue.at(-1)?.state === snapshot.state) queue.pop();
      queue.push(snapshot);
      wake();
    };
    this.addEventListener("change", onChange);
    try {
      void this.start();
      if (queue.length === 0) queue.push(this.#snapshot);
      for (;;) {
        const next = queue.shift();
        if (next) yield next;
        if (next && TERMINAL_STATES.has(next.state)) return;
        if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.removeEventListener("change", onChange);
      this.cancel();
    }
  }

  /** Cancels the check, if it has not ended. */
  [DISPOSE](): void {
    this.cancel();
  }

  /**
   * Ends the check and releases the camera. Nothing happens after the end. A page that is left does the same: where the
   * browser brings it back as it was, the check is over.
   */
  cancel(): void {
    if (!this.#started) this.#keepOwn();
    try {
      this.#check?.cancel();
    } catch (error) {
      this.#fail(error);
    }
    // There is no module yet, or it is broken.
    this.#update({ ...this.#snapshot, state: "cancelled", error: new LivenessError("cancelled") });
  }

  /** Gives the person more time for getting into place: `timeouts.positioning` counts from zero again. */
  extend(): void {
    // There is nothing to extend until the module is there.
    if (!this.#check) return;
    try {
      this.#recorder?.extended();
      this.#check.extend();
    } catch (error) {
      this.#fail(error);
    }
  }

  get #over(): boolean {
    return TERMINAL_STATES.has(this.#snapshot.state);
  }

  async #begin(): Promise<void> {
    try {
      const prepared = this.#prepare();
      requireBrowser();
      this.#listen(prepared.signal);
      if (this.#over) return;
      this.#update({ ...IDLE, state: "requesting-camera", guidance: "wait", message: GUIDANCE.wait });
      // A listener may cancel at once.
      if (this.#over) return;
      await this.#run(prepared);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The options, checked. From here on the page's own stream is stopped if it is to be, whatever ends the check. */
  #prepare(): Prepared {
    try {
      const prepared = prepare(this.#options);
      const { own, stops } = prepared.camera;
      if (own && stops) this.#streams.add(own);
      return prepared;
    } catch (error) {
      this.#keepOwn();
      throw error;
    }
  }

  /** The page's own stream, of options that nobody has checked. */
  #keepOwn(): void {
    quietly(() => {
      const own = streamToStop(this.#options);
      if (own) this.#streams.add(own);
    });
  }

  async #run({ video, folder, detector, loadingMs, camera, plain }: Prepared): Promise<void> {
    const source = sourceOf(folder);
    const engine = (this.#engine = this.#early(source, detector));
    await within(loadingMs, loadHost(source), late);
    // Cancelled while the module was loading.
    if (this.#over) return;
    const page: Page = {
      spawnWorker: () => {
        const worker = engine.take();
        this.#recorder?.watch(worker, video);
        return worker;
      },
      openCamera: () => this.#openCamera(camera),
      closeCamera: (stream) => this.#closeCamera(stream),
      readsNoise: () => readsNoise(document.createElement("canvas")),
      cameraIsVirtual: () => this.#camera?.virtual ?? false,
      sendLast,
      onChange: (view) => this.#onChange(view),
    };
    this.#check = new Check(plain, video, page);
    this.#check.start();
  }

  /** Watches the signal and the page, which nobody comes back to, and the module for traps, which it cannot report itself. */
  #listen(signal: AbortSignal | undefined): void {
    const onAbort = (): void => this.cancel();
    const onError = ({ error }: ErrorEvent): void => {
      // Of our module: its name is in the stack. A page may have others.
      if (error instanceof WebAssembly.RuntimeError && /host_bg/.test(error.stack ?? "")) this.#fail(error);
    };
    signal?.addEventListener("abort", onAbort);
    addEventListener("error", onError);
    addEventListener("pagehide", onAbort);
    this.#unlisten = () => {
      quietly(() => signal?.removeEventListener("abort", onAbort));
      quietly(() => removeEventListener("pagehide", onAbort));
      quietly(() => removeEventListener("error", onError));
    };
    if (signal?.aborted) this.cancel();
  }

  /** A worker that loads in parallel with the page's module and the camera prompt. */
  #early(source: AssetSource, own: DetectorFiles | null): Engine {
    const ready = own ? null : waitingEngine(source);
    if (ready) waiting = null;
    return (ready ?? new Engine(source, own)).give();
  }

  async #openCamera({ own, deviceId, remembers, onCapabilities }: CameraWish): Promise<MediaStream> {
    const stream = own ?? (await openCamera(deviceId, remembers, (opened) => this.#keep(opened), (unused) => this.#closeCamera(unused)));
    if (stream.getVideoTracks().every(({ readyState }) => readyState === "ended")) throw new LivenessError("camera_ended");
    this.#camera = cameraInUse(stream);
    this.#live = stream;
    // At once: whoever shows that the camera is on must not wait for its first frame.
    this.#update({ ...this.#snapshot, camera: this.#camera, cameraLive: true });
    // An error in the page's callback belongs in the console. A listener may have ended the check meanwhile.
    if (onCapabilities) quietly(() => queueMicrotask(() => this.#over || onCapabilities(getCameraCapabilities(stream))));
    return stream;
  }

  #keep(stream?: MediaStream): void {
    if (this.#over) {
      if (stream) stopStream(stream);
      throw new LivenessError("cancelled");
    }
    if (stream) this.#streams.add(stream);
  }

  /** Stops a stream, if the check has opened it. */
  #closeCamera(stream: MediaStream): void {
    if (stream === this.#live) this.#live = null;
    if (this.#streams.delete(stream)) stopStream(stream);
  }

  #onChange({ earlier, cause, ...view }: CheckView): void {
    this.#cause = cause;
    const message = GUIDANCE[view.guidance];
    this.#update({ ...view, message, camera: this.#camera, cameraLive: this.#live !== null, verdict: view.verdict && inOurSpelling(view.verdict, earlier), error: view.error && asError(view.error) });
  }

  #fail(error: unknown): void {
    this.#update({ ...this.#snapshot, state: "failed", error: asError(error) });
  }

  #update(snapshot: Snapshot): void {
    if (this.#over) return;
    // At the end nothing is looked at or asked for, even where the module could not say so.
    if (TERMINAL_STATES.has(snapshot.state)) snapshot = { ...snapshot, ...SILENT, cameraLive: false };
    this.#snapshot = snapshot;
    this.#recorder?.state(snapshot, this.#cause);
    if (this.#over) this.#release();
    quietly(() => this.dispatchEvent(new CustomEvent("change", { detail: snapshot })));
    if (snapshot.state === "done" && snapshot.verdict) this.#settle.resolve(snapshot.verdict);
    else if (snapshot.error) this.#settle.reject(snapshot.error);
  }

  #release(): void {
    this.#unlisten();
    this.#recorder?.stop();
    quietly(() => this.#engine?.end());
    this.#streams.forEach(stopStream);
    const check = this.#check;
    this.#check = null;
    // Not at once: this may run within a call to that very object.
    if (check) void Promise.resolve().then(() => quietly(() => check.free()));
  }
}
