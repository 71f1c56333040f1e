/** What a check reports, in the shapes that users of the official SDK know. Pure. */
import type { CheckState, Guidance, Snapshot, Trace, VerdictResult } from "../../core/index.js";

/** A check's state, coarsely; `snapshot.state` has it exactly. */
export type LivenessState = "idle" | "capturing" | "uploading" | "processing" | "complete" | "error";

/** The server's verdict. A copy for the page: your back end reads the verdict from the gateway. */
export interface LivenessResult extends VerdictResult {
  /** As the API has it: at present the same as `realScore`. */
  confidence: number | null;
  /** What the server took, in milliseconds. */
  processingMs: number | null;
  framesProcessed: number | null;
}

/** A picture that has been taken. Its pixels are in the worker that cut it, and never reach the page. */
export interface CapturedFrame {
  /** From 0. */
  index: number;
  /** Its frame's own time in milliseconds, since the first picture of its run. */
  timestampMs: number;
}

/** How well the face is in place: nobody there, something in the way, in place, a picture is being taken. */
export type OvalGuideState = "no_face" | "poor" | "good" | "perfect";

const STATES: Readonly<Record<CheckState, LivenessState>> = {
  idle: "idle",
  "requesting-camera": "capturing",
  loading: "capturing",
  positioning: "capturing",
  capturing: "capturing",
  uploading: "uploading",
  verifying: "processing",
  done: "complete",
  failed: "error",
  cancelled: "idle",
};

export const stateOf = (state: CheckState): LivenessState => STATES[state];

export function resultOf(verdict: VerdictResult): LivenessResult {
  const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
  const { confidence, processing_ms, frames_processed } = verdict.raw;
  return { ...verdict, confidence: number(confidence), processingMs: number(processing_ms), framesProcessed: number(frames_processed) };
}

const NOBODY: ReadonlySet<Guidance> = new Set<Guidance>(["no-face", "multiple-faces", "uncover-lens", "allow-camera", "camera-paused", "page-hidden"]);
const EYES: ReadonlySet<Guidance> = new Set<Guidance>(["show-eyes"]);
const GAZE: ReadonlySet<Guidance> = new Set<Guidance>(["turn-to-camera", "straighten-head", "look-at-camera"]);

type Seen = Pick<Snapshot, "state" | "guidance" | "framesTaken">;

export function ovalStateOf({ state, guidance }: Seen): OvalGuideState {
  if (state === "capturing") return "perfect";
  if (state !== "positioning" || NOBODY.has(guidance)) return "no_face";
  return guidance === "none" || guidance === "hold-still" ? "good" : "poor";
}

/** Whether eyes and direction of the head let a picture be taken, as the check itself judges. */
export const passes = ({ guidance }: Seen): boolean => !EYES.has(guidance) && !GAZE.has(guidance);

/** The instruction about the direction of the head, empty if there is none. */
export const gazeFeedback = ({ guidance, message }: Seen & Pick<Snapshot, "message">): string => (GAZE.has(guidance) ? message : "");

/** Whether the person is told of the eyes. */
const hidesEyes = ({ guidance }: Seen): boolean => EYES.has(guidance);

/** Within this time of a run's end, an instruction is taken for its reason: it is shown only after it has lasted. */
const SOON_MS = 1_000;

/** Follows the eyes: whether the person is told of them anew, and whether pictures are lost because of them. */
export class EyeWatch {
  #lostAt = Number.NEGATIVE_INFINITY;

  follow(before: Seen, now: Seen, lost: boolean, at: number): { warns: boolean; restarts: boolean } {
    if (lost) this.#lostAt = at;
    const warns = hidesEyes(now) && !hidesEyes(before);
    const restarts = hidesEyes(now) && at - this.#lostAt <= SOON_MS;
    if (restarts) this.#lostAt = Number.NEGATIVE_INFINITY;
    return { warns, restarts };
  }
}

/**
 * The time of the frame from which the newest picture was cut: the last one that was analysed before it. `null` where that is not
 * recorded, or no longer.
 */
function frameTime(trace: Trace | null): number | null {
  const rows = !trace || trace.truncated ? [] : trace.rows;
  let at = rows.length - 1;
  while (at >= 0 && rows[at]?.[0] !== "cut") at -= 1;
  while (at >= 0 && rows[at]?.[0] !== "frame") at -= 1;
  const row = rows[at];
  return row?.[0] === "frame" ? row[3] : null;
}

/** Pictures with the times of their frames, until a run breaks, whose pictures are dropped. */
export class Frames {
  #list: readonly CapturedFrame[] = [];
  /** When the first one was: by its frame's clock, and by the page's. */
  #first: [number | null, number] = [null, 0];

  get list(): readonly CapturedFrame[] {
    return this.#list;
  }

  /**
   * Follows the count of pictures; `lost` tells whether those so far have been dropped. A record that is full no longer
   * has the frame's time: then it is when the page learned of the picture.
   */
  follow(taken: number, trace: Trace | null, now: number): { added: readonly CapturedFrame[]; lost: boolean } {
    const lost = taken < this.#list.length;
    if (lost) this.#list = [];
    const added: CapturedFrame[] = [];
    for (let index = this.#list.length; index < taken; index += 1) {
      const at = frameTime(trace);
      if (index === 0) this.#first = [at, now];
      const [first, known] = this.#first;
      added.push({ index, timestampMs: Math.max(0, Math.round(at === null || first === null ? now - known : at - first)) });
    }
    if (added.length > 0) this.#list = [...this.#list, ...added];
    return { added, lost };
  }
}
