/** Starts the worker wherever its script is, and says what is wrong if it cannot be started. */
import type { AssetSource, WorkerScript } from "./assets/source.js";
import type { EngineFault, FromWorker, ToWorker } from "../generated/wire.js";
import { LoadError, engineFault, fetchScript } from "./load.js";

/** How long after a worker's failure the browser may take to report that a policy was the cause. */
const POLICY_MS = 50;
/** The name to allow in `trusted-types`. */
const POLICY_NAME = "liveness-capture";

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string };
}

let trust: ((url: string) => string) | undefined;
/** What the browser has said if it has refused the policy. */
let refusal = "";

/** Vouches for an address of our own where the page requires Trusted Types. */
function trusted(url: string): string {
  if (!trust) {
    trust = (url) => url;
    const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
    try {
      const policy = trustedTypes?.createPolicy(POLICY_NAME, { createScriptURL: trust });
      if (policy) trust = (url) => policy.createScriptURL(url);
    } catch (error) {
      // Not by this name, or not twice: then the worker can start only if the page does not require it.
      refusal = `${error}`;
    }
  }
  return trust(url);
}

/** A worker whose script is of this origin. */
function fromText(text: string): Worker {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const revoke = (): void => URL.revokeObjectURL(url);
  try {
    const worker = new Worker(trusted(url));
    const { terminate } = worker;
    for (const event of ["message", "error"]) worker.addEventListener(event, revoke, { once: true });
    worker.terminate = () => {
      revoke();
      terminate.call(worker);
    };
    return worker;
  } catch (error) {
    revoke();
    throw error;
  }
}

/** Stands for a worker whose script has to be fetched first. */
class StandIn extends EventTarget {
  postMessage(): void {}
  terminate(): void {}
}

/** Watches for violations of the page's policy that concern a worker. */
class PolicyWatch {
  /** The directive, in words; empty if there was none. */
  seen = "";
  #over = false;

  readonly #note = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void => {
    // Whatever else the page's policy refuses meanwhile is not about the worker.
    const ours = effectiveDirective === "worker-src" || effectiveDirective === "require-trusted-types-for" || /worker/.test(blockedURI);
    if (ours) this.seen ||= `${effectiveDirective} of the page's Content-Security-Policy (${blockedURI})`;
  };

  constructor() {
    document.addEventListener("securitypolicyviolation", this.#note);
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    document.removeEventListener("securitypolicyviolation", this.#note);
  }
}

/** Gives a frame, or a stream of them, back to the browser, which has few. */
function letGo(item: Transferable): void {
  if (item instanceof ReadableStream) item.cancel().catch(() => undefined);
  else (item as Partial<ImageBitmap>).close?.();
}

/** How long a worker may take to end by itself: it may be compiling on a busy machine. */
const TERMINATE_AFTER_MS = 2_000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A worker to be, which becomes one as soon as its script runs. */
class Launch {
  readonly #script: WorkerScript;
  readonly #policy = new PolicyWatch();
  /** What the page has posted before the script runs. */
  #queue: [message: ToWorker | ToWorker[], transfer: Transferable[]][] | null = [];
  #ended = false;
  /** The worker whose script runs, unless it is the one handed out. */
  #other: Worker | null = null;
  /** The worker handed out, or what stands for it. */
  readonly worker: Worker;

  constructor(script: WorkerScript) {
    this.#script = script;
    const direct = "url" in script && script.url.origin === globalThis.origin && /^http/.test(script.url.protocol);
    try {
      this.worker = direct ? new Worker(trusted(script.url.href)) : (new StandIn() as unknown as Worker);
    } catch (error) {
      this.#policy.end();
      throw this.#refused(String(error));
    }
    const { worker } = this;
    const post: (message: ToWorker | ToWorker[], transfer?: Transferable[]) => void = (message, transfer = []) => {
      if (this.#queue) this.#queue.push([message, transfer]);
      else this.#post(message, transfer);
    };
    worker.postMessage = post as Worker["postMessage"];
    const terminate = worker.terminate.bind(worker);
    worker.terminate = () => {
      if (this.#ended) return;
      const last = (): void => {
        this.#other?.terminate();
        terminate();
      };
      if (this.#queue) {
        // What it would have been given is still the page's.
        for (const [, transfer] of this.#queue) for (const item of transfer) letGo(item);
        last();
      } else this.#endBefore(last);
      this.#ended = true;
      this.#queue = null;
      this.#policy.end();
    };
    if (direct) this.#follow(worker, (detail) => void this.#diagnose(detail));
    else void this.#diagnose();
  }

  #post(message: ToWorker | ToWorker[], transfer: Transferable[]): void {
    const to = this.#other ?? this.worker;
    // Not the one that is in its place meanwhile; nor that of `Worker`, which a page may have replaced.
    const { postMessage: post } = Object.getPrototypeOf(to) as { postMessage(message: unknown, transfer: Transferable[]): void };
    if (!this.#ended) post.call(to, message, transfer);
  }

  /** Asks the worker to close its frames, and calls `last` when it has, or when that takes too long. */
  #endBefore(last: () => void): void {
    const timer = setTimeout(last, TERMINATE_AFTER_MS);
    const over = (): void => {
      clearTimeout(timer);
      last();
    };
    (this.#other ?? this.worker).addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "ended") over();
    });
    try {
      this.#post({ type: "end" }, []);
    } catch {
      // The page has a `postMessage` of its own.
      over();
    }
  }

  /** Listens to a worker until its script runs, and then to its end. `onRefused` is called if it never does. */
  #follow(worker: Worker, onRefused: (detail: string) => void): void {
    let started = false;
    worker.addEventListener("message", (event: MessageEvent<FromWorker>) => {
      if (event.data.type === "started" && !started) {
        started = true;
        this.#start(worker);
      } else if (worker !== this.worker) this.#tell(event.data);
    });
    worker.addEventListener("messageerror", () => this.#report({ code: "engine_crashed", detail: "messageerror" }));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      // A script that could not be loaded gives a plain Event, an uncaught error an ErrorEvent.
      const detail = event.message ?? "";
      if (started) this.#report({ code: "engine_crashed", detail });
      else onRefused(detail);
    });
  }

  #start(worker: Worker): void {
    this.#policy.end();
    const queue = this.#queue ?? [];
    this.#queue = null;
    // From here on the worker needs no help with its messages.
    if (worker === this.worker) delete (worker as { postMessage?: unknown }).postMessage;
    for (const [message, transfer] of queue) this.#post(message, transfer);
  }

  #tell(data: FromWorker): void {
    if (!this.#ended) this.worker.dispatchEvent(new MessageEvent<FromWorker>("message", { data }));
  }

  #report(fault: EngineFault): void {
    this.#policy.end();
    this.#tell({ type: "error", ...fault });
  }

  /** The script's text. Rejects with a `LoadError` if it is not there, or not a script. */
  #text(): Promise<string> {
    return "url" in this.#script ? fetchScript(this.#script.url) : Promise.resolve(this.#script.text);
  }

  /** The script did not run from its address, or cannot: reports why, or tries the other way. */
  async #diagnose(detail?: string): Promise<void> {
    const [text] = await Promise.allSettled([this.#text(), detail === undefined || wait(POLICY_MS)]);
    if (this.#ended) return;
    if (text.status === "rejected") return this.#report(engineFault(text.reason));
    // An error of the script itself has a message; being refused has none.
    if (detail) return this.#report({ code: "engine_crashed", detail });
    const { value } = text;
    // A connection that was cut looks the same, and then the policy may well refuse the other way.
    if (detail === undefined || this.#policy.seen || !("url" in this.#script)) return this.#runText(value);
    const { href } = this.#script.url;
    this.#run(() => new Worker(trusted(href)), (detail) => {
      if (this.#ended) return;
      if (detail) return this.#report({ code: "engine_crashed", detail });
      this.#other?.terminate();
      this.#runText(value);
    });
  }

  /**
   * Runs the script as one of this page's own. That is what another origin's has to be; and a policy may refuse
   * an address of ours but not this: Cross-Origin-Embedder-Policy wants the script to come with the same header,
   * `worker-src blob:` an address of that kind.
   */
  #runText(text: string): void {
    this.#run(() => fromText(text), (detail) => void this.#giveUp(detail));
  }

  #run(make: () => Worker, onRefused: (detail: string) => void): void {
    try {
      this.#follow((this.#other = make()), onRefused);
    } catch (error) {
      this.#report(engineFault(this.#refused(String(error))));
    }
  }

  async #giveUp(detail: string): Promise<void> {
    await wait(POLICY_MS);
    if (!this.#ended) this.#report(detail ? { code: "engine_crashed", detail } : engineFault(this.#refused("")));
  }

  /** The script is there, but must not run. */
  #refused(detail: string): LoadError {
    const what = "url" in this.#script ? this.#script.url.href : "the worker";
    if (/trusted ?script/i.test(detail)) {
      return new LoadError("engine_blocked_by_policy", `${what}: trusted-types of the page's Content-Security-Policy does not allow ${POLICY_NAME}, or a second copy ('allow-duplicates'): ${refusal}`);
    }
    const policy = this.#policy.seen || "a policy such as Cross-Origin-Embedder-Policy, or an extension";
    return new LoadError("engine_blocked_by_policy", `${what}: refused by ${policy}${detail && `: ${detail}`}`);
  }
}

/** Starts a worker. Its failures, too, arrive as messages from it. Throws a `LoadError` if it cannot be made. */
export const launch = (source: AssetSource): Worker => new Launch(source.worker()).worker;
