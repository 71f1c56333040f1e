// Sessions that the page around a check has its back end open, one for each start.
import type { GivenSession, OpenSession } from "liveness-capture/element";

/** Asks by `ask` whenever a check starts, and gives it the answer to that very request: an earlier one's is another session. */
export class AskedSession {
  readonly #ask: (request: number) => void;
  #request = 0;
  #settle: (session: GivenSession | null | undefined) => void = () => undefined;

  constructor(ask: (request: number) => void) {
    this.#ask = ask;
  }

  /** For the element. */
  readonly open: OpenSession = () =>
    new Promise((resolve, reject) => {
      this.#settle = (session) => (session ? resolve(session) : reject(new Error("the page around the check has none")));
      this.#ask((this.#request += 1));
    });

  /** What the page around has answered. */
  answer(request: unknown, session: GivenSession | null | undefined): void {
    if (request === this.#request) this.#settle(session);
  }
}
