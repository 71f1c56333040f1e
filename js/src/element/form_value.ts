/** The element as a control of a form: what is sent, and that it is asked for first. */
import { isShown } from "./focus.js";

export class FormValue {
  readonly #element: HTMLElement;
  readonly #internals: ElementInternals | null;
  #value: string | null = null;

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#internals = element.attachInternals?.() ?? null;
  }

  get value(): string | null {
    return this.#value;
  }
  set value(value: string | null) {
    this.#value = value;
    this.#internals?.setFormValue(value);
  }

  get form(): HTMLFormElement | null {
    return this.#internals?.form ?? null;
  }

  /** By its own attribute, or by a fieldset that it is in. */
  get disabled(): boolean {
    // The attribute is for browsers in which it does not count among a form's elements.
    return this.#element.hasAttribute("disabled") || this.#element.matches(":disabled");
  }

  /** Asks for a value, if there has to be one, with these words at one of these that is shown: there a browser reports it. */
  validate(message: string, ...anchors: readonly HTMLElement[]): void {
    // In a dialog that is still closed none is shown, and the first comes with it.
    const anchor = (): HTMLElement | undefined => anchors.find(isShown) ?? anchors.find(({ hidden }) => !hidden);
    if (this.#element.hasAttribute("required") && this.#value === null) this.#internals?.setValidity({ valueMissing: true }, message, anchor());
    else this.#internals?.setValidity({});
  }
}
