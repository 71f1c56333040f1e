/** Starts the worker wherever its script is, and says what is wrong if it cannot be started. */
import type { AssetSource, WorkerScript } from "./assets/source.js";
import type { EngineFault, FromWorker, ToWorker } from "./generated/wire.js";
import { LoadError, engineFault, scriptFault } from "./load.js";

/** How long after a worker's failure the browser may take to report that a policy was the cause. */
const POLICY_MS = 50;
/** The name to allow in `trusted-types`. */
const POLICY_NAME = "liveness-capture";

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): { createScriptURL(url: string): string };
}

let trust: ((url: string) => string) | undefined;

/** Vouches for an address of our own where the page requires Trusted Types. */
function trusted(url: string): string {
  if (!trust) {
    trust = (url) => url;
    const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
    try {
      const policy = trustedTypes?.createPolicy(POLICY_NAME, { createScriptURL: trust });
      if (policy) trust = (url) => policy.createScriptURL(url);
    } catch {
      // Not allowed by name: then the worker can start only if the page does not require it.
    }
  }
  return trust(url);
}

/** Runs in the worker: its policies are the page's own. */
const importing = (url: string): string =>
  `const p=self.trustedTypes?.createPolicy("${POLICY_NAME}",{createScriptURL:u=>u}),u=${JSON.stringify(url)};importScripts(p?p.createScriptURL(u):u)`;

/** A worker whose script is of this origin, whatever it holds or imports. */
function fromText(text: string): Worker {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return new Worker(trusted(url));
  } finally {
    // The browser has its own reference by now.
    URL.revokeObjectURL(url);
  }
}

const indirect = (script: WorkerScript): Worker => fromText("text" in script ? script.text : importing(script.url.href));

/** Watches for violations of the page's policy that concern a worker. */
class PolicyWatch {
  /** The directive, in words; empty if there was none. */
  seen = "";
  #over = false;

  readonly #note = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void => {
    // What else the page's policy refuses at this time is not ours.
    const ours = effectiveDirective === "worker-src" || effectiveDirective === "require-trusted-types-for" || /worker/.test(blockedURI);
    if (ours) this.seen = `${effectiveDirective} of the page's Content-Security-Policy (${blockedURI})`;
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

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A worker to be, which becomes one as soon as its script runs. */
class Launch {
  readonly #script: WorkerScript;
  readonly #policy = new PolicyWatch();
  /** What the page has posted before the script runs. */
  #queue: [message: ToWorker | ToWorker[], transfer: Transferable[]][] | null = [];
  #ended = false;
  /** The worker whose script runs, which is not the one handed out if that was refused. */
  #running: Worker | null = null;
  /** The worker handed out. */
  readonly worker: Worker;

  constructor(script: WorkerScript) {
    this.#script = script;
    const direct = "url" in script && script.url.origin === globalThis.origin && /^http/.test(script.url.protocol);
    try {
      this.worker = direct ? new Worker(trusted(script.url.href)) : indirect(script);
    } catch (error) {
      this.#policy.end();
      throw this.#refused(String(error));
    }
    const { worker } = this;
    this.#follow(worker, (detail) => void this.#understand(detail, direct));
    const post: (message: ToWorker | ToWorker[], transfer?: Transferable[]) => void = (message, transfer = []) => {
      if (this.#queue) this.#queue.push([message, transfer]);
      else this.#post(message, transfer);
    };
    worker.postMessage = post as Worker["postMessage"];
    const terminate = worker.terminate.bind(worker);
    worker.terminate = () => {
      this.#ended = true;
      this.#queue = null;
      this.#policy.end();
      if (this.#running && this.#running !== worker) this.#running.terminate();
      terminate();
    };
  }

  #post(message: ToWorker | ToWorker[], transfer: Transferable[]): void {
    const worker = this.#running;
    // Not the one that is in its place meanwhile.
    const post: (message: unknown, transfer: Transferable[]) => void = Worker.prototype.postMessage;
    if (worker && !this.#ended) post.call(worker, message, transfer);
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
    this.#running = worker;
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

  /** The script did not run: finds out why, and tries the other way if there is one. */
  async #understand(detail: string, direct: boolean): Promise<void> {
    const [fault] = await Promise.all(["url" in this.#script ? scriptFault(this.#script.url) : null, wait(POLICY_MS)]);
    if (this.#ended) return;
    if (fault) return this.#report(engineFault(fault));
    // An error of the script itself has a message; being refused has none, or one about the import.
    const itsOwn = detail && !/NetworkError|load failed|failed to load|trusted ?script/i.test(detail);
    if (itsOwn) return this.#report({ code: "engine_crashed", detail });
    if (!direct) return this.#report(engineFault(this.#refused(detail)));
    this.#tryIndirectly();
  }

  /**
   * A policy may refuse the script as a worker's own but not as a part of one: Cross-Origin-Embedder-Policy wants
   * it to come with the same header, `worker-src blob:` an address of that kind.
   */
  #tryIndirectly(): void {
    try {
      const other = (this.#running = indirect(this.#script));
      this.#follow(other, (detail) => void this.#understand(detail, false));
    } catch (error) {
      this.#report(engineFault(this.#refused(String(error))));
    }
  }

  /** The script is there, but must not run. */
  #refused(detail: string): LoadError {
    const what = "url" in this.#script ? this.#script.url.href : "the worker";
    if (/trusted ?script/i.test(detail)) {
      return new LoadError("engine_blocked_by_policy", `${what}: trusted-types of the page's Content-Security-Policy does not allow ${POLICY_NAME}`);
    }
    const policy = this.#policy.seen || "a policy such as Cross-Origin-Embedder-Policy, or an extension";
    return new LoadError("engine_blocked_by_policy", `${what}: refused by ${policy}${detail && `: ${detail}`}`);
  }
}

/** Starts a worker. Its failures, too, arrive as messages from it. Throws a `LoadError` if it cannot be made. */
export const launch = (source: AssetSource): Worker => new Launch(source.worker()).worker;
