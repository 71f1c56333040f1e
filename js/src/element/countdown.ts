/** Counts down, second by second. */
import { CLOCK, type Clock } from "./steady.js";

export class Countdown {
  readonly #show: (seconds: number) => void;
  readonly #clock: Clock;
  #end = 0;
  #given = 0;
  #callOff: (() => void) | null = null;

  /** `show` gets the seconds that are left, begun ones included. */
  constructor(show: (seconds: number) => void, clock: Clock = CLOCK) {
    this.#show = show;
    this.#clock = clock;
  }

  /** Counts from here, or not at all; the same figure again only shows what is left. `still`: the figure stays as it is. */
  set(ms: number | null, still = false): void {
    const again = this.#callOff !== null && !still && ms === this.#given;
    this.#callOff?.();
    this.#callOff = null;
    if (ms === null) return;
    this.#callOff = () => undefined;
    if (!again) [this.#given, this.#end] = [ms, this.#clock.now() + ms];
    if (still) this.#show(Math.ceil(ms / 1000));
    else this.#tick();
  }

  #tick(): void {
    const left = Math.max(0, this.#end - this.#clock.now());
    const seconds = Math.ceil(left / 1000);
    this.#show(seconds);
    // On the full second, and no sooner: timers may fire a little early.
    if (seconds > 0) this.#callOff = this.#clock.later(left - (seconds - 1) * 1000 + 1, () => this.#tick());
  }
}
