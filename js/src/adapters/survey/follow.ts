/** Follows a `<liveness-check>` and tells how each of its attempts ends. */
import type { LivenessCheckElement } from "../../element/element.js";
import type { LivenessProblem } from "../../element/shown.js";
import { type CheckState, TERMINAL_STATES } from "../../generated/codes.js";
import { NOTHING_YET, type Outcome } from "./outcome.js";

/** `problem` is there if the attempt has failed. */
export type Ended = (outcome: Outcome, problem: LivenessProblem | null) => void;

export function follow(element: LivenessCheckElement, ended: Ended): { readonly outcome: Outcome } {
  let beganAt: number | null = null;
  let last: CheckState = "idle";
  const followed = { outcome: NOTHING_YET };
  const end = (status: Outcome["status"], problem: LivenessProblem | null): void => {
    const { sessionId, verdict, warnings } = element.snapshot;
    const codes: string[] = [];
    for (const { code } of warnings) codes.push(code);
    followed.outcome = {
      status,
      verdict: verdict?.verdict ?? null,
      score: verdict?.score ?? null,
      sessionId,
      warnings: codes,
      durationMs: beganAt === null ? null : Math.round(performance.now() - beganAt),
      error: problem?.code ?? null,
      attempts: followed.outcome.attempts,
    };
    ended(followed.outcome, problem);
  };
  element.addEventListener("liveness-state", ({ detail: { state } }) => {
    const goesOn = !TERMINAL_STATES.has(last) && last !== "idle";
    last = state;
    // Whoever chooses another camera goes on with the same attempt; `retry()` tells `idle` first.
    if (state !== "requesting-camera" || goesOn) return;
    beganAt = performance.now();
    followed.outcome = { ...NOTHING_YET, attempts: followed.outcome.attempts + 1 };
  });
  element.addEventListener("liveness-result", () => end("complete", null));
  element.addEventListener("liveness-error", ({ detail }) => end("failed", detail));
  element.addEventListener("liveness-cancel", () => end("cancelled", null));
  return followed;
}
