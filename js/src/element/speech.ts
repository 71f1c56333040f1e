/** The language that the element speaks: that of its place, or of its `locale`, with the page's own words in it. */
import { type Language, type OwnWords, english, isBuiltIn, loadLanguage, localeOf, watchLocale, withOwn } from "./language.js";

export class Speech {
  readonly #element: HTMLElement;
  readonly #onChange: () => void;
  #language: Language = english("en");
  #own: OwnWords = {};
  #said: Language = this.#language;
  /** The tag whose words are shown, or are being fetched. */
  #wanted: string | null = null;
  #unwatch = (): void => undefined;

  /** Calls `onChange` when another language's words are there. */
  constructor(element: HTMLElement, onChange: () => void) {
    this.#element = element;
    this.#onChange = onChange;
  }

  /** What is said. */
  get said(): Language {
    return this.#said;
  }

  /** What the package alone would say. */
  get plain(): Language {
    return this.#language;
  }

  get own(): OwnWords {
    return this.#own;
  }
  set own(own: OwnWords) {
    this.#own = own;
    this.#said = withOwn(this.#language, own);
  }

  /** Speaks the language of where the element is now, and follows that. */
  settle(): void {
    this.leave();
    this.#unwatch = watchLocale(this.#element, () => void this.follow());
    void this.follow();
  }

  leave(): void {
    this.#unwatch();
    this.#unwatch = () => undefined;
  }

  /** Words that could not be fetched may be there now. */
  forget(): void {
    this.#wanted = null;
  }

  /** Speaks the language that is wanted now. */
  async follow(): Promise<void> {
    const tag = this.#element.getAttribute("locale") || localeOf(this.#element);
    if (tag === this.#wanted) return;
    this.#wanted = tag;
    const language = isBuiltIn(tag) ? english(tag) : await loadLanguage(tag);
    // Another one is wanted meanwhile.
    if (tag !== this.#wanted) return;
    this.#language = language;
    this.own = this.#own;
    this.#onChange();
  }
}
