/** Where the element is: what runs ends with the window that it is in, and where it is in none. */
export class Presence {
  readonly #element: HTMLElement;
  readonly #end: () => void;
  /** The window that it is in, which is not the script's own once it has been moved into a pop-up or a picture in picture. */
  #home: Window | null = null;
  readonly #onPageHide = ({ currentTarget }: Event): void => {
    if (currentTarget === globalThis) return this.#end();
    // Whoever takes it out of a window that closes has done so by the end of the task.
    setTimeout(() => this.#home === currentTarget && this.#end());
  };

  constructor(element: HTMLElement, end: () => void) {
    this.#element = element;
    this.#end = end;
  }

  enter(): void {
    this.#home = this.#element.ownerDocument.defaultView;
    for (const view of [globalThis, this.#home]) view?.addEventListener("pagehide", this.#onPageHide);
  }

  leave(): void {
    for (const view of [globalThis, this.#home]) view?.removeEventListener("pagehide", this.#onPageHide);
    this.#home = null;
    this.expect();
  }

  /** Whoever moves it puts it back within the same task. */
  expect(): void {
    setTimeout(() => this.#element.isConnected || this.#end());
  }
}
