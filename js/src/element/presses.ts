/** Presses of Start and Cancel, without those that were meant for what has just been in their place. */
import type { Presentation } from "./present.js";
import type { ElementSnapshot } from "./shown.js";
import type { Parts } from "./template.js";

/** How long after a change a press may still be meant for what there was before it. */
const LATE_MS = 700;

export class Presses {
  readonly #extend: HTMLElement;
  #running = false;
  /** Until when a press of this kind comes late: any, a key's, or a finger's. */
  #any = 0;
  #key = 0;
  #touch = 0;
  #tap = false;

  constructor({ app, start, cancel, extend }: Parts, begin: () => void, end: () => void) {
    this.#extend = extend;
    start.addEventListener("click", (event) => this.#isLate(event) || begin());
    cancel.addEventListener("click", (event) => this.#isLate(event) || performance.now() < this.#any || (event.detail === 0 && performance.now() < this.#key) || end());
    app.addEventListener("keydown", (event) => {
      // Held, it would press Start, then Cancel, which takes its place and the focus, then Start again, and so on.
      if (event.repeat && event.key === "Enter" && [start, cancel, extend].includes(event.target as HTMLButtonElement)) event.preventDefault();
    });
  }

  /** Before this is shown. */
  follow({ view, left }: Presentation, { guidance }: ElementSnapshot): void {
    const until = performance.now() + LATE_MS;
    const running = view === "run";
    // Start and Cancel take each other's place.
    if (running !== this.#running) this.#touch = until;
    this.#running = running;
    // More time leaves its place, and the focus, to Cancel.
    if (left === null && !this.#extend.hidden) this.#any = until;
    // "Press any key": that of a button, too.
    const tap = guidance === "tap-to-start";
    if (this.#tap && !tap) this.#key = until;
    this.#tap = tap;
  }

  /** The second of a double click, or of a finger's double tap, which browsers do not count. */
  #isLate(event: MouseEvent): boolean {
    return event.detail > 1 || ((event as PointerEvent).pointerType === "touch" && performance.now() < this.#touch);
  }
}
