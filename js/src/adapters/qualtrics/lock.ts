/** The Next button, which all questions of a page share: it is there once none of them holds it. */
import { hideNext, showNext } from "./platform.js";
import type { Question } from "./types.js";

const holders = new Set<Question>();

/** Hides the Next button; also again, where the page has drawn it anew. */
export function hold(question: Question): void {
  holders.add(question);
  hideNext(question);
}

/** Whether a question of the page holds it. */
export const isHeld = (): boolean => holders.size > 0;

/** Shows the Next button, unless another question holds it; also where the question's own script has hidden it. */
export function release(question: Question): void {
  holders.delete(question);
  if (holders.size === 0) showNext(question);
}
