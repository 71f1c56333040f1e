import { fetchEngineFiles } from "./assets.js";
import { LivenessError, asError } from "./errors.js";
import type { EngineFault, FromWorker, ToWorker } from "./generated/wire.js";

/** This script's only way to post to the worker. */
function post(worker: Worker, message: ToWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}

/** How long after a worker's failure the browser may take to report that a policy was the cause. */
const POLICY_MS = 50;

/** Why a worker could not be started: on another origin, refused by a policy, or not loaded. */
function startFault(policy: string, detail: string): EngineFault {
  if (policy) return { code: "engine_blocked_by_csp", detail: `worker.js: refused by ${policy}` };
  // Beside this script; spelled out, bundlers would take its address for another file to copy.
  const { origin, protocol } = new URL(import.meta.url);
  if (origin !== location.origin && protocol.startsWith("http")) {
    return { code: "engine_cross_origin", detail: `worker.js is on ${origin}, not on ${location.origin}` };
  }
  return { code: "engine_load_failed", detail: `worker.js: ${detail || "not found, or not a script"}` };
}

/** Starts a worker. Its failures, too, arrive as messages from it. */
function spawn(): Worker {
  let policy = "";
  let started = false;
  const onViolation = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void => {
    // What else the page's policy refuses at this time is not ours.
    if (effectiveDirective === "worker-src" || /worker/.test(blockedURI)) policy = `${effectiveDirective} of the page's policy (${blockedURI})`;
  };
  document.addEventListener("securitypolicyviolation", onViolation);
  const settle = (): void => document.removeEventListener("securitypolicyviolation", onViolation);
  let worker: Worker;
  try {
    // Bundlers look for this literal.
    worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  } catch (error) {
    settle();
    const { code, detail } = startFault(policy, String(error));
    throw new LivenessError(code, detail);
  }
  // Also where it says nothing before it is ended.
  const terminate = worker.terminate.bind(worker);
  worker.terminate = () => {
    settle();
    terminate();
  };
  const report = (fault: EngineFault): void => {
    settle();
    worker.dispatchEvent(new MessageEvent<FromWorker>("message", { data: { type: "error", ...fault } }));
  };
  worker.addEventListener("message", () => {
    started = true;
    settle();
  }, { once: true });
  worker.addEventListener("messageerror", () => report({ code: "engine_crashed", detail: "messageerror" }));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    // A script that could not be loaded gives a plain Event, an uncaught error an ErrorEvent.
    const detail = event.message ?? "";
    if (started) report({ code: "engine_crashed", detail });
    else setTimeout(() => report(startFault(policy, detail)), POLICY_MS);
  });
  return worker;
}

/** A worker that is started, and may load, before a check needs it. */
export class Engine {
  #worker: Worker | null = null;
  /** The worker for which files have been fetched. */
  #supplied: Worker | null = null;
  /** Settle the promises of `loaded`; called with an error if the worker has ended. */
  readonly #waiting: ((ended?: LivenessError) => void)[] = [];

  constructor() {
    try {
      this.#start();
    } catch {
      // `loaded` and `take` try again and report it to their caller.
    }
  }

  #start(): Worker {
    const worker = (this.#worker = spawn());
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (this.#worker !== worker) return;
      switch (data.type) {
        case "loaded":
          return this.#settle();
        case "error":
          // A failure before the check listens would be lost: give the check a new worker, to see it fail itself.
          return this.drop(asError(data));
        case "ready":
        case "analysed":
        case "notes":
        case "ended":
          return;
        default:
          data satisfies never;
      }
    });
    return worker;
  }

  #settle(ended?: LivenessError): void {
    for (const settle of this.#waiting.splice(0)) settle(ended);
  }

  /** Whether there is a worker to take. */
  get waits(): boolean {
    return this.#worker !== null;
  }

  /** Tells the worker to load. */
  load(assetBase: string): this {
    try {
      if (this.#worker) this.#load(this.#worker, assetBase, false);
    } catch {
      // The check meets it with a worker of its own.
      this.drop();
    }
    return this;
  }

  /**
   * Fetches the worker's files while its script loads, which saves a round trip. If that fails, the worker
   * fetches them itself and reports what is wrong.
   */
  #load(worker: Worker, assetBase: string, tell: boolean): void {
    post(worker, { type: "load", assetBase, tell });
    if (this.#supplied === worker) return;
    this.#supplied = worker;
    fetchEngineFiles(assetBase).then(
      (files) => post(worker, { type: "files", files }, [files.weights]),
      () => post(worker, { type: "files", files: null }),
    );
  }

  /** Like `load`, but resolves when the worker is ready or already taken. */
  loaded(assetBase: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.#worker ?? this.#start();
      this.#waiting.push((ended) => (ended ? reject(ended) : resolve()));
      this.#load(worker, assetBase, true);
    });
  }

  /** Hands the worker over to a check, which will end it. Starts a new one if the first has failed. */
  take(): Worker {
    const worker = this.#worker ?? spawn();
    this.#worker = null;
    this.#settle();
    return worker;
  }

  /** Ends the worker, unless it has been taken. */
  drop(why: LivenessError = new LivenessError("cancelled")): void {
    if (!this.#worker) return;
    this.#worker.terminate();
    this.#worker = null;
    this.#settle(why);
  }
}
