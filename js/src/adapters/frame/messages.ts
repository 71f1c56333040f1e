/**
 * What the gateway's page `/embed` and the page that shows it in a frame, or opens it in a window, tell each other:
 * version 1. Every message is an object with `liveness: 1` and a `type`; docs/iframe.md has all of them in a table.
 */
import type { CheckState, Guidance, Help, VerdictResult } from "../../core/index.js";
import type { LivenessProblem } from "../../element/shown.js";

/** What `liveness` is in every message. */
export type FrameVersion = 1;

/** What the parent may set. `null` takes an option back. */
export interface FrameOptions {
  /** A session that your back end has opened (`POST /api/v1/sessions`), so that it knows whose check this is. */
  session?: { id: string; token: string } | null | undefined;
  /** Whether every start asks for a session, by the message `session`, and waits for the option `session` of the same `request`. */
  askSession?: boolean | null | undefined;
  /** Which message `session` this `session` answers; with `session: null`, there is none. */
  request?: number | null | undefined;
  /** The model's id. */
  model?: string | null | undefined;
  /** `X-Model-Version`, together with `frameCount`. */
  modelVersion?: string | null | undefined;
  /** How many pictures: a whole number from 1 to 1000. */
  frameCount?: number | null | undefined;
  /** Pictures per second, from 1 to 30. */
  fps?: number | null | undefined;
  /** `server`: neither page nor person learns the verdict. */
  result?: "shown" | "server" | null | undefined;
  /** Language tag. Without it, the browser's language. */
  locale?: string | null | undefined;
  theme?: "auto" | "light" | "dark" | null | undefined;
  mirrored?: "auto" | "true" | "false" | null | undefined;
  cameraPicker?: "auto" | "off" | null | undefined;
  fillLight?: "auto" | "off" | null | undefined;
  cues?: "sound" | "vibration" | "sound vibration" | "vibration sound" | null | undefined;
}

/** Codes of this protocol, beside those of a check. */
export type FrameCode =
  /** A message that is of this protocol, but not as it says. */
  | "invalid_message"
  /** A message of another version. */
  | "unsupported_version"
  /** The frame has a sandbox in which no camera can be opened. */
  | "frame_sandboxed"
  /** From the helper: the page has not answered in time. */
  | "frame_not_ready"
  /** From the helper: the browser has opened no window. */
  | "window_blocked"
  /** From the helper: the window was closed, or went out of reach, before its page was ready. */
  | "window_closed";

/** Why there is no verdict, or why a message was refused. */
export type FrameProblem = Omit<LivenessProblem, "code"> & { code: LivenessProblem["code"] | FrameCode };

/** From the frame or window to its parent or opener, without `liveness: 1`. */
export type FrameMessage =
  /** It listens from now on. */
  | { type: "ready" }
  /** The height of what it shows, in CSS pixels. */
  | { type: "resize"; height: number }
  /** A check starts, and waits for its session: only with `askSession`. */
  | { type: "session"; request: number }
  | { type: "state"; state: CheckState }
  | { type: "guidance"; guidance: Guidance; message: string; help: Help | null }
  /** `progress` is 0 to 1. */
  | { type: "progress"; progress: number; framesTaken: number; framesRequired: number; framesUploaded: number }
  /** Complete. With `result: "server"` there is no verdict. */
  | { type: "result"; sessionId: string | null; verdict: VerdictResult | null }
  | ({ type: "error" } & FrameProblem)
  | { type: "cancel" };

/** From the parent or opener, without `liveness: 1`. */
export type FrameCommand = { type: "start" | "cancel" | "retry" | "extend" } | { type: "options"; options: FrameOptions };

/** A message of a type. */
export type MessageOf<T extends FrameMessage["type"]> = Extract<FrameMessage, { type: T }>;
