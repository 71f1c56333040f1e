/** Where the element is: what runs ends with the window that it is in, and where it is in none that is open. */
export class Presence {
  readonly #element: HTMLElement;
  readonly #end: () => void;
  /** The window that it is in, which is not the script's own once it has been moved into a pop-up or a picture in picture. */
  #home: Window | null = null;
  /** What runs is being ended: whoever is told so begins nothing that nobody would see. */
  ending = false;
  readonly #onPageHide = ({ currentTarget }: Event): void => {
    if (currentTarget === globalThis) return this.#close();
    // Whoever takes it out of a window that closes has done so by the end of the task.
    setTimeout(() => {
      if (this.#home !== currentTarget) return;
      this.#close();
      // Its document has closed with it, and nobody calls when that is let go.
      if (!this.seen) this.leave();
    });
  };

  constructor(element: HTMLElement, end: () => void) {
    this.#element = element;
    this.#end = end;
  }

  /** Whether it is in a page whose window is there. */
  get seen(): boolean {
    const { isConnected, ownerDocument } = this.#element;
    return isConnected && ownerDocument.defaultView?.closed === false;
  }

  enter(): void {
    this.ending = false;
    this.#home = this.#element.ownerDocument.defaultView;
    for (const view of [globalThis, this.#home]) view?.addEventListener("pagehide", this.#onPageHide);
  }

  leave(): void {
    const home: EventTarget | null = this.#home;
    if (home !== globalThis) home?.removeEventListener("pagehide", this.#onPageHide);
    this.#home = null;
    this.expect();
  }

  /**
   * Whoever moves it puts it back within the same task. Until then this goes on listening: a check that has begun listens as well,
   * and would be the first to hear that the page is left if this began anew. (Of a window's listeners Chromium calls none earlier
   * for being one of the capture phase.)
   */
  expect(): void {
    addEventListener("pagehide", this.#onPageHide);
    setTimeout(() => {
      if (this.seen) return;
      removeEventListener("pagehide", this.#onPageHide);
      this.#close();
    });
  }

  #close(): void {
    this.ending = true;
    this.#end();
    this.ending = false;
  }
}
