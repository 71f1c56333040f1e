/** The screen as a lamp for a face in the dark. */
import type { Light } from "./present.js";
import { set } from "./set.js";

/** Puts it out, before a check. */
export function putOut(app: HTMLElement): void {
  set(app, "data-light", null);
  set(app, "data-was-lit", null);
}

/**
 * Lights it as is asked for. Once lit it stays so for the check: a lamp that goes off again would make it dark again. What is asked
 * for `now` goes out the first time, as it may have been a cover; where it is asked for again, it was the dark.
 */
export function light(app: HTMLElement, asked: Light | null, off: boolean): void {
  const lit = app.dataset["light"] ?? null;
  if (lit && !asked) set(app, "data-was-lit", "");
  const stays = lit === "check" || (asked && app.hasAttribute("data-was-lit"));
  set(app, "data-light", off ? null : stays ? "check" : asked);
}
