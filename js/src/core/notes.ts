/**
 * News for the page that can wait: it travels with the answer about the next frame, since waking the page's
 * thread costs more than the message's content.
 */
import type { Note } from "../generated/wire.js";

/** By then it is clear whether the page is waiting for a frame. */
const SETTLED_MS = 20;
/** Longer than frames are apart, so that a stalled camera does not delay the notes for long. */
const LATEST_MS = 150;

export class Notes {
  #held: Note[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `frameAwaited` tells whether an answer about a frame is due. `post` sends what cannot wait for it. */
  constructor(
    readonly frameAwaited: () => boolean,
    readonly post: (notes: Note[]) => void,
  ) {}

  /** Holds a note for the next answer. */
  hold(note: Note): void {
    this.#held.push(note);
    this.#timer ??= setTimeout(() => {
      if (this.frameAwaited()) this.#timer = setTimeout(() => this.flush(), LATEST_MS);
      else this.flush();
    }, SETTLED_MS);
  }

  /** Takes all notes held, in order, for an answer about to be sent. */
  take(): Note[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#held.splice(0);
  }

  /** Posts the notes held, at once. */
  flush(): void {
    const notes = this.take();
    if (notes.length > 0) this.post(notes);
  }
}
