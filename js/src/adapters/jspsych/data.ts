/** The data of a trial. */
import type { Status } from "../survey/outcome.js";

/** A trial's row, without what jsPsych adds; docs/jspsych.md says what is in it. */
export interface LivenessData {
  /** Cancelling a check ends no trial. */
  status: Extract<Status, "complete" | "failed" | "timeout">;
  verdict: string | null;
  score: number | null;
  /** Not `session_id`: experiments on Prolific add a property of that name to all rows, which would hide it. */
  liveness_session: string | null;
  warnings: string[];
  duration: number | null;
  rt: number;
  error: string | null;
  attempts: number;
}
