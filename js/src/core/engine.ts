import type { AssetSource } from "./assets/source.js";
import { LivenessError, asError } from "./errors.js";
import type { EngineFiles, FromWorker, OwnDetector, ToWorker } from "../generated/wire.js";
import { launch } from "./launch.js";
import { compileModule, engineFault, fetchAsset, hasRelaxedSimd } from "./load.js";

/** A face detector that the page brings. */
export interface DetectorFiles extends OwnDetector {
  /** The ONNX file. */
  url: string;
  /** The module that runs it. */
  module: string;
}

/** This script's only way to post to the worker. */
function post(worker: Worker, message: ToWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}

/** Fetches module and weights at once: the built-in detector's, or the page's own. */
async function fetchFiles(source: AssetSource, own: DetectorFiles | null): Promise<EngineFiles> {
  if (own) {
    const { url, module: moduleUrl, kind, side } = own;
    const [module, response] = await Promise.all([
      compileModule(fetchAsset(new URL(moduleUrl)), moduleUrl),
      fetchAsset(new URL(url), "detector_load_failed", "detector_load_failed"),
    ]);
    return { module, weights: await response.arrayBuffer(), detector: { kind, side } };
  }
  // The module with relaxed SIMD is a quarter faster; not every browser has that.
  const name = hasRelaxedSimd() ? "vision_bg.wasm" : "vision_compat_bg.wasm";
  const weights = source.open("weights").then((response) => response.arrayBuffer());
  const [module, bytes] = await Promise.all([compileModule(source.open(name), name), weights]);
  return { module, weights: bytes, detector: null };
}

/** A worker that is started, and loads, before a check needs it. */
export class Engine {
  #worker: Worker | null = null;
  /** Why there is none. */
  #fault: LivenessError | null = null;
  /** A check is to have it. */
  #given = false;
  /** A check has it. */
  #taken = false;
  #loaded = false;
  /** How many calls of `preload` have not failed. */
  wanted = 0;
  /** Settle the promises of `loaded`. */
  readonly #waiting: (() => void)[] = [];

  constructor(source: AssetSource, own: DetectorFiles | null = null) {
    try {
      const worker = (this.#worker = launch(source));
      worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#hear(data));
      // Fetched while the worker's script loads, which saves a round trip.
      fetchFiles(source, own)
        .then((files) => this.#worker && post(worker, { type: "files", files }, [files.weights]))
        .catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#end(asError(engineFault(error)));
    }
  }

  #hear(data: FromWorker): void {
    switch (data.type) {
      case "loaded":
        this.#loaded = true;
        return this.#settle();
      case "error":
        // A check that has taken the worker hears it as well.
        return this.#taken ? undefined : this.#end(asError(data));
      case "started":
      case "ready":
      case "analysed":
      case "notes":
      case "flowing":
      case "ended":
        return;
      default:
        data satisfies never;
    }
  }

  /** A failure on the page's side; the check hears of it as of the worker's own. */
  #fail(error: unknown): void {
    const fault = engineFault(error);
    if (!this.#taken) this.#end(asError(fault));
    else this.#worker?.dispatchEvent(new MessageEvent<FromWorker>("message", { data: { type: "error", ...fault } }));
  }

  #settle(): void {
    for (const settle of this.#waiting.splice(0)) settle();
  }

  #end(why: LivenessError): void {
    this.#fault ??= why;
    this.#worker?.terminate();
    this.#worker = null;
    this.#settle();
  }

  /** Whether a check may have it: it has not failed, and is nobody's yet. */
  get waits(): boolean {
    return this.#worker !== null && !this.#given;
  }

  /** Resolves when the worker is ready, or a check's: what becomes of it then is the check's business. */
  async loaded(): Promise<void> {
    if (!this.#loaded && this.waits) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#fault && !this.#given) throw this.#fault;
  }

  /** Makes it a check's, which takes the worker when it needs it, and ends it. */
  give(): this {
    this.#given = true;
    this.#settle();
    return this;
  }

  /** Hands the worker over to a check, which will end it. Throws if it has failed. */
  take(): Worker {
    if (!this.#worker) throw this.#fault ?? new LivenessError("internal", "no worker");
    this.#taken = true;
    return this.#worker;
  }

  /** Ends the worker, unless it is to be a check's. */
  drop(): void {
    if (!this.#given) this.end();
  }

  /** Ends the worker, whoever has it: its check is over, even where the module that took it can do nothing more. */
  end(): void {
    this.#end(new LivenessError("cancelled"));
  }
}
