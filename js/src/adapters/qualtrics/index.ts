/**
 * The entry `liveness-capture/qualtrics`, and the classic script `qualtrics.js`, which has the same as
 * `LivenessQualtrics`: a check in a question of a Qualtrics survey.
 */
import { QuestionCheck } from "./check.js";
import type { Question, Settings } from "./types.js";

export type { Policy, Question, Sentences, Settings } from "./types.js";

const open = new Map<unknown, QuestionCheck>();

/** One object may stand for a question when its page loads, another when it is ready. */
const keyOf = (question: Question): unknown => question.questionId ?? question;

/**
 * Puts a check into a question and keeps the Next button until it is done. `question` is `this` of the question's
 * JavaScript, in `addOnload` or `addOnReady`; calling it in both is one check. Mistakes are said in the question.
 */
export function question(question: Question, settings?: Settings | null): void {
  const key = keyOf(question);
  const before = open.get(key);
  if (before?.isHere) return;
  // Its page has gone without a word.
  before?.close();
  const check = new QuestionCheck(question, settings ?? {});
  open.set(key, check);
  void check.open();
}

/** Ends a question's check, or without a question all of them: in `addOnUnload`. */
export function leave(question?: Question | null): void {
  for (const [key, check] of open) {
    if (question && key !== keyOf(question)) continue;
    open.delete(key);
    check.close();
  }
}
