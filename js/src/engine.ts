import { fetchParts } from "./assets.js";
import { type LivenessError, ownError } from "./errors.js";

type FromWorker = { type: string; code?: string; detail?: string | null };

/** The literal that bundlers look for, at its one place. */
const spawn = (): Worker => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** A worker that is started, and may load, before there is a check to use it. */
export class Engine {
  #worker: Worker | null = null;
  /** The worker for which files are fetched already. */
  #supplied: Worker | null = null;
  /** Whoever waits in `loaded`: called with an error when the worker is ended. */
  readonly #waiting: ((ended?: LivenessError) => void)[] = [];

  constructor() {
    try {
      this.#start();
    } catch {
      // `loaded` and `take` try again, and whoever calls them hears of it.
    }
  }

  #start(): Worker {
    const worker = (this.#worker = spawn());
    // A failure before the check listens would be lost: the check gets a new worker, and meets it itself.
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.drop(ownError("engine_load_failed", event.message ?? null));
    });
    return worker;
  }

  /** Whether the worker is there, to be taken. */
  get waits(): boolean {
    return this.#worker !== null;
  }

  /** Has the worker load. */
  load(assetBase: string): this {
    if (this.#worker) this.#load(this.#worker, assetBase, false);
    return this;
  }

  /**
   * Fetches for the worker, while its script is on its way: it would ask a round trip later. What cannot be had
   * here it tries to get itself, and says what is wrong.
   */
  #load(worker: Worker, assetBase: string, tell: boolean): void {
    worker.postMessage({ type: "load", assetBase, tell });
    if (this.#supplied === worker) return;
    this.#supplied = worker;
    fetchParts(assetBase).then(
      (parts) => worker.postMessage({ type: "parts", parts }, [parts.weights]),
      () => worker.postMessage({ type: "parts", parts: null }),
    );
  }

  /** `load`, but resolves when the worker is ready to be used, or in use. */
  loaded(assetBase: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker ?? this.#start();
      this.#waiting.push((ended) => (ended ? reject(ended) : resolve()));
      worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "loaded") resolve();
        else if (data.type === "error") {
          const error = ownError(data.code ?? "internal", data.detail ?? null);
          reject(error);
          this.drop(error);
        }
      });
      this.#load(worker, assetBase, true);
    });
  }

  /** Hands the worker over to a check, which ends it; a new one if the first has failed. */
  take(): Worker {
    const worker = this.#worker ?? spawn();
    this.#worker = null;
    for (const settle of this.#waiting) settle();
    return worker;
  }

  /** Ends the worker, unless it has been taken. */
  drop(why: LivenessError = ownError("cancelled")): void {
    if (!this.#worker) return;
    this.#worker.terminate();
    this.#worker = null;
    for (const settle of this.#waiting) settle(why);
  }
}
