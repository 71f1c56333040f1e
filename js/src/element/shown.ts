/** What the element knows of its check: the core's snapshot, or what stands in for one before the core is there. */
import { IDLE } from "../core/idle.js";
import type { LivenessError, Snapshot } from "../core/index.js";

/** Why there is no verdict. A `LivenessError`, unless the package's own script could not be fetched. */
export type LivenessProblem = Pick<LivenessError, "code" | "detail" | "retriable" | "title" | "advice">;

/** The state of a check as the element shows it. With `result="server"` there never is a verdict. */
export type ElementSnapshot = Omit<Snapshot, "error"> & { error: LivenessProblem | null };

/** From the start until the core reports by itself. */
export const STARTING: ElementSnapshot = { ...IDLE, state: "requesting-camera", guidance: "wait" };

/** Without what only the server is to know. */
export const withheld = (snapshot: ElementSnapshot): ElementSnapshot => ({ ...snapshot, verdict: null });
