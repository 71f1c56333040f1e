/** The element as a control of a form: what is sent, and that it is asked for first. */
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
    // The attribute for browsers in which it is none of a form's elements.
    return this.#element.hasAttribute("disabled") || this.#element.matches(":disabled");
  }

  /** Asks for a value, if there has to be one, with these words at one of these that is not hidden: there a browser reports it. */
  validate(message: string, ...anchors: readonly HTMLElement[]): void {
    if (this.#element.hasAttribute("required") && this.#value === null) this.#internals?.setValidity({ valueMissing: true }, message, anchors.find(({ hidden }) => !hidden));
    else this.#internals?.setValidity({});
  }
}
