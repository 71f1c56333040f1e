// Keeps a changing text readable: each one stays for a while, and only the newest of those that wait is shown.

const now = (): number => performance.now();

export class Steady {
  #shown = "";
  #since = -Infinity;
  #next: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `show` puts a text on the page; `holdMs` is how long each one stays at least. */
  constructor(
    private readonly show: (text: string) => void,
    private readonly holdMs: number,
  ) {}

  /** Shows the text as soon as the current one has stood long enough. */
  set(text: string): void {
    if (text === (this.#next ?? this.#shown)) return;
    this.#next = text;
    clearTimeout(this.#timer);
    const left = this.#since + this.holdMs - now();
    if (left <= 0) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), left);
  }

  /** Shows nothing; whatever comes next is shown at once. */
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
