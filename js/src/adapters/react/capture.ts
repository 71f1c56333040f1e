/**
 * The check in one `<video>`, for all hooks that are given the same ref: however many they are and however often they
 * mount, there is one check, and one camera, which is released with the last of them. Knows nothing of React.
 */
import { type PageOptions, type SessionFault, withSession } from "../../core/given_session.js";
import { LivenessCheck, LivenessError, type LivenessOptions, type Snapshot, type Trace } from "../../core/index.js";
import { IDLE, SILENT } from "../../core/idle.js";
import { TERMINAL_STATES } from "../../generated/codes.js";
import { call } from "./call.js";
import { type CapturedFrame, Frames, type LivenessResult, resultOf } from "./states.js";

/** A ref as hooks take it. */
export interface VideoHolder {
  readonly current: HTMLVideoElement | null;
}

/** What hooks render. */
export interface CaptureView {
  readonly snapshot: Snapshot;
  readonly frames: readonly CapturedFrame[];
  readonly result: LivenessResult | null;
  readonly error: LivenessError | null;
  /** Started, and waiting for the page: for its `<video>`, for its gate, or for a session that its back end opens. */
  readonly waiting: boolean;
}

export const NO_VIEW: CaptureView = { snapshot: IDLE, frames: [], result: null, error: null, waiting: false };

/** One step: what it was before, what it is now, and which pictures are new or lost. */
export interface CaptureChange {
  readonly before: CaptureView;
  readonly now: CaptureView;
  readonly added: readonly CapturedFrame[];
  readonly lost: boolean;
}

/** What a hook contributes. Each is asked anew whenever a check begins, so that changed props restart nothing. */
export interface Part {
  /** What it wants of the check. */
  options(): PageOptions;
  /** The same where no other part wants anything else. */
  defaults?(): PageOptions;
  /** Whether the page lets pictures be taken now. */
  gate?(): boolean;
  onChange?(change: CaptureChange): void;
}

/** How often a gate is asked, and a `<video>` that is not there yet is looked for. */
const AGAIN_MS = 100;
/** How often a `<video>` is looked for: for a second. */
const VIDEO_LOOKS = 10;

const isLive = (stream: unknown): stream is MediaStream =>
  typeof MediaStream === "function" && stream instanceof MediaStream && stream.getVideoTracks().some(({ readyState }) => readyState === "live");

const captures = new WeakMap<VideoHolder, Capture>();

/** The capture of a ref. */
export function captureOf(ref: VideoHolder): Capture {
  const found = captures.get(ref) ?? new Capture(ref);
  captures.set(ref, found);
  return found;
}

export class Capture {
  readonly #ref: VideoHolder;
  readonly #parts = new Set<Part>();
  readonly #listeners = new Set<() => void>();
  #view: CaptureView = NO_VIEW;
  #frames = new Frames();
  #check: LivenessCheck | null = null;
  #trace: Trace | null = null;
  #video: HTMLVideoElement | null = null;
  /** Changes with everything that begins or ends a check, so that what was waiting knows that it is late. */
  #turn = 0;
  #waits = false;
  /** How often the `<video>` is still looked for. */
  #looks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The page's back end is asked for a session, until this ends it. */
  #opening: AbortController | null = null;
  /** What the parts are being told, in its order. */
  readonly #changes: CaptureChange[] = [];
  /** The page is being told that pictures are lost. */
  #losing = false;
  #asksGates = false;

  constructor(ref: VideoHolder) {
    this.#ref = ref;
  }

  readonly view = (): CaptureView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Adds a hook's part until the function returned is called; with the last one, and when the page is left, the check ends. */
  join(part: Part): () => void {
    this.#parts.add(part);
    // The same for all parts, so that it listens once.
    addEventListener("pagehide", this.stop);
    return () => {
      this.#parts.delete(part);
      if (this.#parts.size > 0) return;
      removeEventListener("pagehide", this.stop);
      // Nobody is left to be told.
      this.#end(NO_VIEW);
    };
  }

  /** To be called when React has put its refs into place. */
  readonly committed = (): void => {
    if (this.#waits && !this.#check && this.#ref.current) this.#attempt(this.#turn);
    else this.#endIfVideoGone();
  };

  readonly start = (): void => {
    if (this.#waits || this.#check) return;
    this.#begin();
  };

  readonly stop = (): void => {
    if (!this.#waits && !this.#check) return;
    this.#end({ ...this.#view, snapshot: { ...this.#view.snapshot, ...SILENT, state: "cancelled", cameraLive: false }, waiting: false });
  };

  readonly reset = (): void => this.#end(NO_VIEW);

  readonly restart = (): void => {
    if (this.#losing) return;
    this.#end(NO_VIEW);
    this.#begin();
  };

  /** Tells the page that pictures are lost: the check has begun a new run by itself, so `restart()` has nothing to do. */
  lose(tell: () => void): void {
    this.#losing = true;
    call(tell);
    this.#losing = false;
  }

  readonly extend = (): void => this.#check?.extend();

  #begin(): void {
    const turn = ++this.#turn;
    this.#waits = true;
    this.#looks = VIDEO_LOOKS;
    this.#show({ ...NO_VIEW, waiting: true });
    // Not before StrictMode has mounted, unmounted and mounted.
    queueMicrotask(() => this.#attempt(turn));
  }

  /** Begins the check as soon as the page is ready for it. */
  #attempt(turn: number): void {
    if (turn !== this.#turn || this.#check || this.#opening) return;
    // Started after the last hook has gone: nobody would end it.
    if (this.#parts.size === 0) return this.#end(NO_VIEW);
    const video = this.#ref.current;
    // One that was there once comes again.
    if (video) this.#looks = Infinity;
    if (this.#looks === 0) return this.#fail(new LivenessError("invalid_options", "videoRef.current is null: render <video ref={videoRef}> where the hook is used, before or with start()"));
    this.#looks -= 1;
    // `committed` tries at once, where the component that draws it has a hook as well.
    if (!video || !this.#open) return this.#later(turn, AGAIN_MS, () => this.#attempt(turn));
    clearTimeout(this.#timer);
    let options: PageOptions & { video: HTMLVideoElement };
    try {
      options = { ...(isLive(video.srcObject) ? { source: video.srcObject } : {}), ...this.#options(), video };
    } catch (error) {
      return this.#fail(error instanceof LivenessError ? error : new LivenessError("invalid_options", String(error)));
    }
    void this.#run(turn, options);
  }

  /** Has the session opened, where the page's back end does that, and runs the check. */
  async #run(turn: number, given: PageOptions & { video: HTMLVideoElement }): Promise<void> {
    let options: LivenessOptions;
    const aborter = (this.#opening = new AbortController());
    try {
      options = await withSession(given, aborter.signal);
    } catch (error) {
      const { code, detail } = error as SessionFault;
      if (turn !== this.#turn) return;
      return code === "cancelled" ? this.stop() : this.#fail(new LivenessError(code, detail));
    }
    if (turn !== this.#turn) return;
    this.#opening = null;
    this.#waits = false;
    // Meanwhile React may have put another one there.
    const video = (this.#video = this.#ref.current ?? given.video);
    const check = (this.#check = new LivenessCheck({ ...options, video }));
    this.#trace = check.record();
    this.#frames = new Frames();
    check.addEventListener("change", () => this.#onChange(check));
    // The last change tells how it ended.
    check.start().catch(() => undefined);
  }

  #options(): PageOptions {
    const parts = [...this.#parts];
    return Object.assign({}, ...parts.map((part) => part.defaults?.()), ...parts.map((part) => part.options()));
  }

  /** The parts are being asked for their gates. */
  get asksGates(): boolean {
    return this.#asksGates;
  }

  get #open(): boolean {
    let open = true;
    this.#asksGates = true;
    for (const part of this.#parts) call(() => (open = (part.gate?.() ?? true) && open));
    this.#asksGates = false;
    return open;
  }

  #onChange(check: LivenessCheck): void {
    if (check !== this.#check) return;
    const { snapshot } = check;
    const over = TERMINAL_STATES.has(snapshot.state);
    if (!over && (this.#endIfVideoGone() || this.#endIfGateClosed(snapshot))) return;
    const { added, lost } = this.#frames.follow(snapshot.framesTaken, this.#trace, performance.now());
    const result = snapshot.verdict && resultOf(snapshot.verdict);
    const error = snapshot.state === "failed" ? snapshot.error : null;
    if (over) this.#check = null;
    this.#show({ snapshot, frames: this.#frames.list, result, error, waiting: false }, added, lost && !over);
  }

  /** Ends the check if its `<video>` has gone, or another one has come. */
  #endIfVideoGone(): boolean {
    const gone = this.#check !== null && this.#ref.current !== this.#video;
    if (gone) this.stop();
    return gone;
  }

  /** Ends the run if the page's gate has closed, and waits for it to open. */
  #endIfGateClosed({ state }: Snapshot): boolean {
    if ((state !== "positioning" && state !== "capturing") || this.#open) return false;
    const lost = this.#frames.list.length > 0;
    this.#end({ ...NO_VIEW, waiting: true }, lost);
    return true;
  }

  #fail(error: LivenessError): void {
    this.#end({ ...NO_VIEW, snapshot: { ...IDLE, state: "failed", error }, error });
  }

  /** Ends whatever runs or waits, without a word from it, and releases the camera; then waits for the gate, if the view says so. */
  #end(view: CaptureView, lost = false): void {
    const turn = (this.#turn += 1);
    clearTimeout(this.#timer);
    // Before anybody is told, who may stop it.
    this.#waits = view.waiting;
    if (view.waiting) this.#later(turn, AGAIN_MS, () => this.#attempt(turn));
    this.#opening?.abort();
    this.#opening = null;
    const check = this.#check;
    this.#check = null;
    this.#frames = new Frames();
    check?.cancel();
    this.#show(view, [], lost);
  }

  #later(turn: number, ms: number, step: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => turn === this.#turn && step(), ms);
  }

  #show(now: CaptureView, added: readonly CapturedFrame[] = [], lost = false): void {
    this.#changes.push({ before: this.#view, now, added, lost });
    this.#view = now;
    // What a callback has brought about is told once all have heard of what came before.
    if (this.#changes.length > 1) return;
    for (const change of this.#changes) for (const part of [...this.#parts]) call(() => part.onChange?.(change));
    this.#changes.length = 0;
    for (const listener of [...this.#listeners]) listener();
  }
}
