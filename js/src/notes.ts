/**
 * What the page should know, but need not at once: it goes with the next answer about a frame, since every
 * message wakes the page's thread, and that costs more than what it carries.
 */
import type { Note } from "./generated/wire.js";

/** Until it is clear whether a frame is waited for. */
const SETTLED_MS = 20;
/** Longer than frames are apart; a camera that stalls must not hold anything up. */
const LATEST_MS = 150;

export class Notes {
  #held: Note[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `frameAwaited`: whether an answer about a frame is to come. `post` takes what cannot wait for it. */
  constructor(
    readonly frameAwaited: () => boolean,
    readonly post: (notes: Note[]) => void,
  ) {}

  /** Keeps a note for the next answer. */
  hold(note: Note): void {
    this.#held.push(note);
    this.#timer ??= setTimeout(() => {
      if (this.frameAwaited()) this.#timer = setTimeout(() => this.flush(), LATEST_MS);
      else this.flush();
    }, SETTLED_MS);
  }

  /** All that is held, in order, for an answer that is about to be given. */
  take(): Note[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#held.splice(0);
  }

  /** Posts what is held, now. */
  flush(): void {
    const notes = this.take();
    if (notes.length > 0) this.post(notes);
  }
}
