/** The focus: whether it is the element's, and where it goes when the view changes. */
import type { ViewName } from "./present.js";
import type { Parts } from "./template.js";

/** `startedHere`: the person has started it here, and has not gone elsewhere since. */
export function hasFocus(element: HTMLElement, root: ShadowRoot, startedHere: boolean): boolean {
  const { activeElement, body } = element.ownerDocument;
  // The document has only the host of a page's shadow tree that the element is in.
  const around = (element.getRootNode() as Document | ShadowRoot).activeElement;
  if (root.activeElement || (around && element.contains(around))) return true;
  return startedHere && (!activeElement || activeElement === body);
}

/** Whether it is there to be read or pressed: a page may have put its own in its place, or taken it away. */
export const isShown = (target: HTMLElement): boolean => target.getClientRects().length > 0 && !target.matches(":disabled");

/** The control that comes next, or the heading, which is thereby read out: what is there of them, in the end the whole. */
export function focusOn({ app, cancel, start, introTitle, notice, resultTitle, problemTitle }: Parts, view: ViewName): void {
  const targets = { run: [cancel], start: [start, introTitle, notice], success: [resultTitle, start], failure: [problemTitle, start] }[view];
  const target = [...targets, app].find(isShown);
  const ends = view === "success" || view === "failure";
  target?.focus({ preventScroll: ends });
  if (ends && target) app.scrollIntoView({ block: "nearest" });
}
