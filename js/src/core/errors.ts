import { type FailureCode, FINAL_FAILURES } from "../generated/codes.js";
import type { FaultView } from "../generated/wire.js";
import { hintFor } from "./hints.js";
import { FAILURES } from "../words/en.js";

/** Why a check ended without a verdict. */
export class LivenessError extends Error {
  /** Stable code, for example `camera_denied`; docs/errors.md says when each is used. */
  readonly code: FailureCode;
  /** Technical detail for developers, never shown to the person. */
  readonly detail: string | null;
  /** Whether a new check by the same person can succeed. */
  readonly retriable: boolean;
  /** What a developer can do about it. */
  readonly hint: string;
  /** What happened, in a few words for the person. */
  readonly title: string;
  /** What the person can do, most promising first. */
  readonly advice: readonly string[];

  constructor(code: FailureCode, detail: string | null = null) {
    const [title, ...advice] = FAILURES[code];
    super([`${title}.`, ...advice].join(" "));
    this.name = "LivenessError";
    this.code = code;
    this.detail = detail;
    this.retriable = !FINAL_FAILURES.has(code);
    this.hint = hintFor(code);
    this.title = title;
    this.advice = advice;
  }
}

/**
 * Makes an error from a code and detail, the form in which errors cross workers and modules. Anything else is a bug: `internal`,
 * with what it was as the detail.
 */
export function asError(error: unknown): LivenessError {
  if (error instanceof LivenessError) return error;
  const { code, detail = null } = Object(error) as Partial<FaultView>;
  if (typeof code !== "string") return new LivenessError("internal", String(error));
  return Object.hasOwn(FAILURES, code) ? new LivenessError(code, detail) : new LivenessError("internal", `${code}: ${detail ?? error}`);
}
