/** Presses of Start and Cancel, without those that were meant for what has just been in their place. */
import type { Presentation } from "./present.js";
import type { ElementSnapshot } from "./shown.js";
import type { Parts } from "./template.js";

/** How long after something has gone a press may still be meant for it. */
const LATE_MS = 700;
/** How long after it has gone a press may be a further one of the double click that it was pressed with. */
const DOUBLE_MS = 1_000;

/** Listens to both; what it returns has to be told of what is going to be shown. */
export function presses({ app, start, cancel, extend }: Parts, begin: () => void, end: () => void): (shown: Presentation, snapshot: ElementSnapshot) => void {
  // Start and Cancel take each other's place. More time leaves its place to Cancel, and the focus. "Press any key" means that of
  // Cancel, too.
  const [START, CANCEL, MORE, KEY] = [0, 1, 2, 3];
  let there = [true, false, false, false];
  const gone = there.map(() => -Infinity);
  // A click does not say it in every browser.
  let pointer = "";
  // Once: whoever presses again means it.
  const meant = (what: number): boolean => performance.now() - gone[what]! < LATE_MS && !!(gone[what] = -Infinity);
  const isSecond = (detail: number, before: number): boolean =>
    // Of a finger's double tap browsers do not count it.
    (detail > 1 && performance.now() - gone[before]! < DOUBLE_MS) || (detail > 0 && pointer === "touch" && meant(before));
  app.addEventListener("pointerdown", ({ pointerType }) => (pointer = pointerType), true);
  start.addEventListener("click", ({ detail }) => isSecond(detail, CANCEL) || begin());
  cancel.addEventListener("click", ({ detail }) => isSecond(detail, START) || meant(MORE) || (!detail && meant(KEY)) || end());
  app.addEventListener("keydown", (event) => {
    // Held, it would press Start, then Cancel, which gets the focus, then Start again, and so on.
    if (event.repeat && event.key === "Enter" && [start, cancel, extend].includes(event.target as HTMLButtonElement)) event.preventDefault();
  });
  return ({ view, left }, { guidance }) => {
    const now = [view !== "run", view === "run", left !== null, guidance === "tap-to-start"];
    there.forEach((was, at) => was && !now[at] && (gone[at] = performance.now()));
    there = now;
  };
}
