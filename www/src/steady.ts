// Keeps a changing text readable: each one stays for a while, and of those waiting only the newest is shown.

const now = (): number => performance.now();

export class Steady {
  #shown = "";
  #since = -Infinity;
  #next: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `show` puts a text on the page, where it stays for at least `holdMs`. */
  constructor(
    private readonly show: (text: string) => void,
    private readonly holdMs: number,
  ) {}

  /** Shows the text as soon as the current one has been shown long enough. */
  set(text: string): void {
    if (text === (this.#next ?? this.#shown)) return;
    this.#next = text;
    clearTimeout(this.#timer);
    const left = this.#since + this.holdMs - now();
    if (left <= 0) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), left);
  }

  /** Clears the text; the next one is shown at once. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#next = "";
    this.#flush();
    this.#since = -Infinity;
  }

  #flush(): void {
    this.#shown = this.#next ?? this.#shown;
    this.#next = null;
    this.#since = now();
    this.show(this.#shown);
  }
}
