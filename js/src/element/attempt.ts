/** One check of the element's: loads the core, runs it, and tells every change, to the end, however it comes about. */
import type { GivenSession, LivenessCheck, LivenessOptions, Trace } from "../core/index.js";
import { type PageOptions, type SessionFault, withSession } from "../core/given_session.js";
import { IDLE } from "../core/idle.js";
import { stopStream } from "../core/quietly.js";
import { within } from "../core/within.js";
import { LOADING_TIMEOUT_MS } from "../generated/options.js";
import { type ElementSnapshot, type LivenessProblem, STARTING } from "./shown.js";

type Core = typeof import("../core/index.js");

let loading: Promise<Core> | null = null;

/**
 * Loads the core once; after a failure, the next call tries again. Many browsers then fail at once without asking the server,
 * until the page is reloaded, which is why `notLoaded` has that advice as well.
 */
export function loadCore(): Promise<Core> {
  loading ??= import("../core/index.js").catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

class Late extends Error {}

/** The options of one check, of which the page may open the session only now. */
export type AttemptOptions = PageOptions & Pick<LivenessOptions, "video">;

export class Attempt {
  readonly #options: AttemptOptions;
  readonly #onChange: (snapshot: ElementSnapshot) => void;
  readonly #recorded: boolean;
  /** Ends what is asked of the page's back end. */
  readonly #aborter = new AbortController();
  #check: LivenessCheck | null = null;
  #over = false;
  /** The session, in which another attempt can go on: its runs come after those of this one. */
  opened: GivenSession | undefined;
  /** The record of the check, if it is recorded. */
  trace: Trace | null = null;

  /** Calls `onChange` on every change; the last one is done, failed or cancelled. */
  constructor(options: AttemptOptions, recorded: boolean, onChange: (snapshot: ElementSnapshot) => void) {
    this.#options = options;
    this.#recorded = recorded;
    this.#onChange = onChange;
  }

  /** Whether the check has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Runs the check to its end; never rejects. */
  async run(): Promise<void> {
    this.#tell(STARTING);
    // A listener may cancel at once.
    if (this.#over) return;
    // Meanwhile: nobody is to wait for both, one after the other.
    const opening = withSession(this.#options, this.#aborter.signal);
    opening.catch(() => undefined);
    let core: Core;
    try {
      core = await within(LOADING_TIMEOUT_MS, loadCore(), (detail) => new Late(detail));
    } catch (error) {
      const code = error instanceof Late ? "engine_load_timeout" : "engine_load_failed";
      // Its words are the element's.
      return this.#fail({ code, detail: String(error), retriable: true, title: "", advice: [] });
    }
    let options: LivenessOptions;
    try {
      options = await opening;
    } catch (error) {
      const { code, detail } = error as SessionFault;
      return code === "cancelled" ? this.cancel() : this.#fail(new core.LivenessError(code, detail));
    }
    if (this.#over) return;
    this.opened = options.session;
    const check = (this.#check = new core.LivenessCheck(options));
    if (this.#recorded) this.trace = check.record();
    check.addEventListener("change", () => this.#tell(check.snapshot));
    // The last change has already told how it ended.
    await check.start().catch(() => undefined);
    this.#tell(check.snapshot);
  }

  /** Gives the person more time for getting into place. */
  extend(): void {
    this.#check?.extend();
  }

  /** Ends the check and releases the camera; does nothing once it is over. */
  cancel(): void {
    if (this.#over) return;
    if (this.#check) this.#check.cancel();
    // The core is still loading, or the session is being opened: there has been no camera.
    else {
      this.#letGo();
      this.#tell({ ...IDLE, state: "cancelled" });
    }
  }

  #fail(error: LivenessProblem): void {
    this.#letGo();
    this.#tell({ ...IDLE, state: "failed", error });
  }

  /** Stops the page's own stream, where that is wanted and there is no check to do it. */
  #letGo(): void {
    if (this.#options.stopSource === true) stopStream(this.#options.source);
  }

  #tell(snapshot: ElementSnapshot): void {
    if (this.#over) return;
    this.#over = snapshot.verdict !== null || snapshot.error !== null || snapshot.state === "cancelled";
    if (this.#over) this.#aborter.abort();
    this.#onChange(snapshot);
  }
}
