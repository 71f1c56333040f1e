/** Presses of Start and Cancel, without those that were meant for what has just been in their place. */
import type { Presentation } from "./present.js";
import type { ElementSnapshot } from "./shown.js";
import type { Parts } from "./template.js";

/** How long after a change a press may still be meant for what there was before it. */
const LATE_MS = 700;

/** Listens to both; what it returns has to be told of what is going to be shown. */
export function presses({ app, start, cancel, extend }: Parts, begin: () => void, end: () => void): (shown: Presentation, snapshot: ElementSnapshot) => void {
  // Start and Cancel take each other's place. More time leaves its place to them, and the focus. "Press any key" means that of a
  // button, too.
  let there = [true, false, false];
  const until = [0, 0, 0];
  const isLate = ({ detail, pointerType }: Partial<PointerEvent>): boolean => {
    const [swap = 0, more = 0, key = 0] = until;
    // The second of a double click, or of a finger's double tap, which browsers do not count.
    return detail! > 1 || performance.now() < Math.max(pointerType === "touch" ? swap : 0, more, detail ? 0 : key);
  };
  start.addEventListener("click", (event) => isLate(event) || begin());
  cancel.addEventListener("click", (event) => isLate(event) || end());
  app.addEventListener("keydown", (event) => {
    // Held, it would press Start, then Cancel, which gets the focus, then Start again, and so on.
    if (event.repeat && event.key === "Enter" && [start, cancel, extend].includes(event.target as HTMLButtonElement)) event.preventDefault();
  });
  return ({ view, left }, { guidance }) => {
    const now = [view !== "run", left !== null, guidance === "tap-to-start"];
    now.forEach((is, at) => is !== there[at] && (until[at] = performance.now() + LATE_MS));
    there = now;
  };
}
