/** The element's events: all bubble, also out of shadow trees. */
import type { CheckState, Guidance, Help, VerdictResult } from "../core/index.js";
import type { ElementSnapshot, LivenessProblem } from "./shown.js";

export interface LivenessElementEvents {
  /** The check is in another state. */
  "liveness-state": CustomEvent<{ state: CheckState; snapshot: ElementSnapshot }>;
  /** The person is told something else, or what helps further. */
  "liveness-guidance": CustomEvent<{ guidance: Guidance; message: string; help: Help | null }>;
  /** A picture has been taken or has arrived; `progress` is 0 to 1. */
  "liveness-progress": CustomEvent<{ progress: number; framesTaken: number; framesRequired: number; framesUploaded: number }>;
  /** The check is complete. With `result="server"` there is no verdict. */
  "liveness-result": CustomEvent<{ sessionId: string | null; verdict: VerdictResult | null }>;
  /** The check has failed; `positioning_timeout` means that the time was up. */
  "liveness-error": CustomEvent<LivenessProblem>;
  /** The check was cancelled, by the person or the page; `retry()` is no cancellation. */
  "liveness-cancel": CustomEvent<null>;
}
