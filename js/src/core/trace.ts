/** A record of a check: what was measured and decided, and when. No pictures, no tokens, nothing about the person but numbers. */
import { type CheckState, type FailureCode, type Guidance, MEASURES, NUMBERS_PER_FACE } from "../generated/codes.js";
import type { LivenessOptions, Timeouts } from "../generated/options.js";
import type { FromWorker } from "../generated/wire.js";
import type { Snapshot } from "./types.js";

/** One thing that happened. The second entry is the time in milliseconds since the page began. */
export type TraceRow =
  /** A frame was analysed: its number, own time, width and height; score, x, y, width and height of each face; the measures. */
  | ["frame", number, number, number, number, number, number[][], (number | null)[]]
  /** A picture was cut: its run, its index. */
  | ["cut", number, number, number]
  /**
   * What the page was told: state, instruction, pictures taken, needed and received. Then why the frame last judged was not
   * good enough, by its gate's name (`docs/guidance.md`), or `null`; and why the check ended (`docs/errors.md`), or `null`.
   */
  | ["state", number, CheckState, Guidance, number, number, number, string | null, FailureCode | null]
  /** The page went into the background, or came back. */
  | ["hidden" | "visible", number]
  /** The person has asked for more time. */
  | ["extended", number];

/**
 * A check's record. It is plain JSON, and can be replayed without a camera (`crates/capture/tests/capture/replay.rs`), unless
 * the camera was paused or the browser refused to play (`camera-paused`, `tap-to-start`): of these it has only the instructions; or
 * the preview was moved into another window meanwhile.
 */
export interface Trace {
  /** The format's version. */
  version: 1;
  /** The measures' names, in the order of a frame's. */
  measures: readonly string[];
  /** The option `fps`. */
  fps: number | null;
  /** Whether the frames came from a file. */
  file: boolean;
  /** The option `mode`. */
  mode: LivenessOptions["mode"] | null;
  /** The option `timeouts`. */
  timeouts: Timeouts;
  /** Whether there was the option `escalation`. Its steps cannot be replayed, since no verdict is recorded. */
  escalates: boolean;
  /** Whether the check went on for longer than there is room for: its end is missing. */
  truncated: boolean;
  rows: TraceRow[];
}

type Head = Omit<Trace, "version" | "measures" | "truncated" | "rows">;

/** Three minutes of frames; then nothing more is recorded. */
const MAX_ROWS = 6_000;

const short = (value: number): number => Number(value.toPrecision(7));
const now = (): number => Math.round(performance.now() * 100) / 100;

export class Recorder {
  readonly trace: Trace;
  #unlisten = (): void => undefined;
  /** Whether the session follows the page's visibility: from its first report on. */
  #follows = false;
  #video: HTMLVideoElement | undefined;
  #page: Document | undefined;
  readonly #look = (): void => {
    if (this.#page && this.#follows) this.#add([this.#page.hidden ? "hidden" : "visible", now()]);
  };

  constructor(head: Head) {
    this.trace = { version: 1, measures: MEASURES, ...head, truncated: false, rows: [] };
  }

  /** Listens to the worker; to be called before anybody else does, so that causes come before what they lead to. */
  watch(worker: Worker, video: HTMLVideoElement): void {
    const hear = ({ data }: MessageEvent<FromWorker>): void => this.#hear(data);
    worker.addEventListener("message", hear);
    this.#unlisten = () => worker.removeEventListener("message", hear);
    this.#video = video;
  }

  /** Listens to the page that the preview is in, before the session does: causes come before what they lead to. */
  #attend(page?: Document): void {
    if (page === this.#page) return;
    this.#page?.removeEventListener("visibilitychange", this.#look, true);
    page?.addEventListener("visibilitychange", this.#look, true);
    this.#page = page;
    this.#look();
  }

  /** What the page is told. */
  state({ state, guidance, framesTaken, framesRequired, framesUploaded, error }: Snapshot, cause: string | null): void {
    this.#attend(this.#video?.ownerDocument);
    this.#add(["state", now(), state, guidance, framesTaken, framesRequired, framesUploaded, cause, error && error.code]);
    if (this.#follows || !this.#video) return;
    this.#follows = true;
    if (this.#page?.hidden) this.#look();
  }

  extended(): void {
    this.#add(["extended", now()]);
  }

  stop(): void {
    this.#unlisten();
    this.#attend();
  }

  #hear(data: FromWorker): void {
    if (data.type !== "notes" && data.type !== "analysed") return;
    for (const note of data.notes) if (note.type === "cut") this.#add(["cut", now(), note.run, note.index]);
    if (data.type !== "analysed") return;
    const { sequence, timestamp, width, height } = data;
    const faces: number[][] = [];
    for (let at = 0; at < data.faces.length; at += NUMBERS_PER_FACE) faces.push([...data.faces.subarray(at, at + 5)].map(short));
    const measures = [...data.measures].map((value) => (Number.isNaN(value) ? null : short(value)));
    this.#add(["frame", now(), sequence, timestamp, width, height, faces, measures]);
  }

  #add(row: TraceRow): void {
    const { trace } = this;
    if (!(trace.truncated ||= trace.rows.length >= MAX_ROWS)) trace.rows.push(row);
  }
}
