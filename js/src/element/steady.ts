/** Keeps a changing text readable: each stays for a while, and of those waiting only the newest is shown. */

/** What the time is, and a way to wait; a test brings its own. */
export interface Clock {
  now(): number;
  /** Calls back later; what it returns calls it off. */
  later(ms: number, then: () => void): () => void;
}

export const CLOCK: Clock = {
  now: () => performance.now(),
  later(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

export class Steady {
  readonly #show: (text: string) => void;
  readonly #holdMs: number;
  readonly #clock: Clock;
  #shown = "";
  #since = -Infinity;
  #next: string | null = null;
  #callOff: () => void = () => undefined;

  /** `show` puts a text on the page, where it stays for at least `holdMs`. */
  constructor(show: (text: string) => void, holdMs: number, clock: Clock = CLOCK) {
    this.#show = show;
    this.#holdMs = holdMs;
    this.#clock = clock;
  }

  /** Shows the text as soon as the current one has been shown long enough. */
  set(text: string): void {
    if (text === (this.#next ?? this.#shown)) return;
    this.#callOff();
    // Back to what is still there.
    this.#next = text === this.#shown ? null : text;
    if (this.#next === null) return;
    const left = this.#since + this.#holdMs - this.#clock.now();
    if (left <= 0) this.#flush();
    else this.#callOff = this.#clock.later(left, () => this.#flush());
  }

  /** Shows the text at once. */
  put(text: string): void {
    this.#callOff();
    this.#next = text;
    this.#flush();
  }

  /** Clears the text; the next one is shown at once. */
  clear(): void {
    this.put("");
    this.#since = -Infinity;
  }

  #flush(): void {
    this.#shown = this.#next ?? this.#shown;
    this.#next = null;
    this.#since = this.#clock.now();
    this.#show(this.#shown);
  }
}
