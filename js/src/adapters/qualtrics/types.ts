/** What the JavaScript of a question gives and is given. */
import type { OwnWords } from "../../element/language.js";
import type { Attributes } from "../survey/make.js";

/** `this` of a question's JavaScript. No function is taken for granted: which there are depends on the layout. */
export interface Question {
  readonly questionId?: string;
  getQuestionContainer?(): Element | null;
  hideNextButton?(): void;
  showNextButton?(): void;
  disableNextButton?(): void;
  enableNextButton?(): void;
  clickNextButton?(): void;
}

/** `pass`: the person may go on, and the data say so. `stop`: only with a check. */
export type Policy = "pass" | "stop";

export interface Settings {
  /** The gateway's address. Default: where the header's script comes from. */
  gateway?: string | undefined;
  /** No camera: refused, not there, in use, not allowed in the page. Default `pass`. */
  refused?: Policy | undefined;
  /** Every other failure. Default `pass`. */
  failed?: Policy | undefined;
  /** Up to which failure there is only another attempt, where one may help; 1 or more. Default 2. */
  attempts?: number | undefined;
  /** The label of a button with which the person goes on without a check. Default: there is none. */
  decline?: string | null | undefined;
  /** Goes on by itself once the check is complete. Default `false`. */
  advance?: boolean | undefined;
  /** Asks for another check even if this response has one. Default `false`. */
  again?: boolean | undefined;
  /** The response's id by piped text, `"${e://Field/ResponseID}"`: with it a check outlasts a reload of the page. */
  response?: string | undefined;
  /** What the fields' names begin with. Default `liveness_`. */
  prefix?: string | undefined;
  /** In a preview: `unlocked` leaves the Next button where it is, `same` is as in the survey. Default `unlocked`. */
  preview?: "unlocked" | "same" | undefined;
  /** A selector, within the question, of where the check is put. Default: below the question's text. */
  into?: string | undefined;
  /** Attributes of `<liveness-check>`: model, locale, theme, result, ... */
  attributes?: Attributes | null | undefined;
  /** Words in the place of the element's own. */
  words?: OwnWords | null | undefined;
  /** Sentences in the place of its own, which are English. */
  sentences?: Partial<Sentences> | null | undefined;
}

/** What is said below the check. */
export interface Sentences {
  done: string;
  mayContinue: string;
  needed: string;
  preview: string;
  notLoaded: string;
}
