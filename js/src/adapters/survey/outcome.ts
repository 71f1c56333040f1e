/** How a check in a survey or an experiment ended, and whether the person may go on from there. */
import type { FailureCode } from "../../generated/codes.js";

/** `passed`: let through without a check. `timeout`: its time was up before the check had ended. */
export type Status = "complete" | "failed" | "cancelled" | "declined" | "passed" | "timeout";

/** One row of data. What is not known is `null`. */
export interface Outcome {
  status: Status;
  /** `live`, `fake` or `inconclusive`; `null` also where `result` is `server`. */
  verdict: string | null;
  /** 0 to 100. */
  score: number | null;
  /** The session's id, with which a back end reads the verdict from the gateway. */
  sessionId: string | null;
  /** The codes of what the pictures lacked. */
  warnings: string[];
  /** From the start of the last attempt to its end, in milliseconds. */
  durationMs: number | null;
  /** Why there is no verdict: a code of docs/errors.md. */
  error: string | null;
  /** How often the check was started. */
  attempts: number;
}

export const NOTHING_YET: Outcome = {
  status: "cancelled",
  verdict: null,
  score: null,
  sessionId: null,
  warnings: [],
  durationMs: null,
  error: null,
  attempts: 0,
};

/** What a failure is about: `refused` if there is no camera to be had, by the person's choice or not, else `failed`. */
export type Trouble = "refused" | "failed";

/** A camera that was there and ended has not been refused. */
export const troubleOf = (code: FailureCode): Trouble => (code.startsWith("camera_") && code !== "camera_ended" ? "refused" : "failed");

/**
 * Whether a person is let through after a failure, for whom that failure's policy says so: at once if there is no camera or
 * another attempt is in vain, else from the failure on whose number is `attempts` (from 1).
 */
export function isLetThrough(problem: { code: FailureCode; retriable: boolean }, failures: number, attempts: number): boolean {
  return troubleOf(problem.code) === "refused" || !problem.retriable || failures >= attempts;
}
