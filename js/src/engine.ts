import { ownError } from "./errors.js";

type FromWorker = { type: string; code?: string; detail?: string | null };

/** The literal that bundlers look for, at its one place. */
const spawn = (): Worker => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/** A worker that is started, and may load, before there is a check to use it. */
export class Engine {
  #worker: Worker | null = null;
  /** Whoever waits in `loaded`: called with an error when the worker is ended. */
  readonly #waiting: ((ended?: Error) => void)[] = [];

  constructor() {
    try {
      this.#worker = spawn();
    } catch {
      // `take` tries again, and whoever takes hears of it.
      return;
    }
    // A failure before the check listens would be lost: the check gets a new worker, and meets it itself.
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.drop();
    });
  }

  /** Whether the worker is there, to be taken. */
  get waits(): boolean {
    return this.#worker !== null;
  }

  /** Has the worker fetch and compile. */
  load(assetBase: string): this {
    this.#worker?.postMessage({ type: "load", assetBase, tell: false });
    return this;
  }

  /** The same; resolves when the worker is ready to be used, or in use. */
  loaded(assetBase: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker ?? (this.#worker = spawn());
      this.#waiting.push((ended) => (ended ? reject(ended) : resolve()));
      const fail = (code: string, detail: string | null): void => {
        reject(ownError(code, detail));
        this.drop();
      };
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        fail("engine_load_failed", event.message ?? null);
      });
      worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "loaded") resolve();
        else if (data.type === "error") fail(data.code ?? "internal", data.detail ?? null);
      });
      worker.postMessage({ type: "load", assetBase, tell: true });
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
  drop(): void {
    if (!this.#worker) return;
    this.#worker.terminate();
    this.#worker = null;
    for (const settle of this.#waiting) settle(ownError("cancelled"));
  }
}
