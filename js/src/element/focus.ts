/** The focus: whether it is the element's, and where it goes when the view changes. */
import type { Parts } from "./template.js";

/** `startedHere`: the person has started it here, and has not gone elsewhere since. */
export function hasFocus(element: HTMLElement, root: ShadowRoot, startedHere: boolean): boolean {
  const { activeElement, body } = element.ownerDocument;
  if (root.activeElement || (activeElement && element.contains(activeElement))) return true;
  return startedHere && (!activeElement || activeElement === body);
}

/** The control that comes next, or the heading, which is thereby read out. */
export function focusOn({ app, cancel, start, resultTitle, problemTitle }: Parts, view: string): void {
  const target = { run: cancel, start, success: resultTitle, failure: problemTitle }[view];
  target?.focus({ preventScroll: view === "success" || view === "failure" });
  if (target === resultTitle || target === problemTitle) app.scrollIntoView({ block: "nearest" });
}
