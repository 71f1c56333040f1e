/** The check in embedded data: which field holds what. All values are texts. */
import type { Outcome } from "../survey/outcome.js";

/** The fields' names, which come after the prefix. */
export const FIELDS = ["status", "verdict", "score", "session", "warnings", "duration_ms", "error", "attempts", "question", "preview"] as const;

export type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

const text = (value: string | number | null): string => (value === null ? "" : `${value}`);

/** How a check ended, as fields. `question` is the question's id. */
export function rowOf(outcome: Outcome, question: string, preview: boolean): Row {
  return {
    status: outcome.status,
    verdict: text(outcome.verdict),
    score: text(outcome.score),
    session: text(outcome.sessionId),
    warnings: outcome.warnings.join(","),
    duration_ms: text(outcome.durationMs),
    error: text(outcome.error),
    attempts: text(outcome.attempts),
    question,
    preview: preview ? "1" : "",
  };
}

/** The fields as `get` has them, if they tell of this question's complete check. */
export function keptRow(get: (field: (typeof FIELDS)[number]) => string, question: string): Row | null {
  if (get("status") !== "complete" || get("question") !== question || !get("session")) return null;
  const row: Record<string, string> = {};
  for (const field of FIELDS) row[field] = get(field);
  return row as Row;
}

/** As one text. No JSON: what Prototype.js adds to the built-ins would change it. */
export function packed(row: Row): string {
  const parameters = new URLSearchParams();
  for (const field of FIELDS) parameters.set(field, row[field]);
  return parameters.toString();
}

export function unpacked(packed: string): (field: (typeof FIELDS)[number]) => string {
  const parameters = new URLSearchParams(packed);
  return (field) => parameters.get(field) ?? "";
}
