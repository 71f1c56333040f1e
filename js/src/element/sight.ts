/** A check that asks somebody to look at it ends where there is nothing of it to be seen, and with it the camera goes off. */
import type { Attempt } from "./attempt.js";

/** Unseen twice in a row, it has not only been put elsewhere. */
const LOOK_EVERY_MS = 250;

/** Boxes alone do not tell: what is in a closed `<details>` has them. Safari before 17.4 has nothing else. */
const isLaidOut = (part: Element): boolean => part.checkVisibility?.() ?? part.getClientRects().length > 0;

/** Cancels an attempt that is no longer seen, unless it runs in the background. It looks: no observer is told of every way to hide something. */
export function keepInSight(attempt: Attempt, host: Element, app: Element): void {
  let seen = true;
  const timer = setInterval(() => {
    if (attempt.over) return clearInterval(timer);
    const before = seen;
    // A page may lay out the parts of the whole by itself.
    seen = host.getAttribute("mode") === "background" || [app, ...app.children].some(isLaidOut);
    if (!before && !seen) attempt.cancel();
  }, LOOK_EVERY_MS);
}
