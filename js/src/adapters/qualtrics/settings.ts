/** What a question's JavaScript may say. */
import type { OwnWords } from "../../element/language.js";
import type { Attributes } from "../survey/make.js";

/** `pass`: the person may go on, and the data say so. `stop`: only with a check. */
export type Policy = "pass" | "stop";

export interface Settings {
  /** The gateway's address. Default: where the header's script comes from. */
  gateway?: string;
  /** No camera: refused, not there, in use, not allowed in the page. Default `pass`. */
  refused?: Policy;
  /** Every other failure. Default `pass`. */
  failed?: Policy;
  /** Up to which failure there is only another attempt, where one may help; 1 or more. Default 2. */
  attempts?: number;
  /** The label of a button with which the person goes on without a check. Default: there is none. */
  decline?: string | null;
  /** Goes on by itself once the check is complete. Default `false`. */
  advance?: boolean;
  /** Asks for another check even if this response has one. Default `false`. */
  again?: boolean;
  /** The response's id by piped text, `"${e://Field/ResponseID}"`: with it a check outlasts a reload of the page. */
  response?: string;
  /** What the fields' names begin with. Default `liveness_`. */
  prefix?: string;
  /** In a preview: `unlocked` leaves the Next button where it is, `same` is as in the survey. Default `unlocked`. */
  preview?: "unlocked" | "same";
  /** A selector, within the question, of where the check is put. Default: below the question's text. */
  into?: string;
  /** Attributes of `<liveness-check>`: model, locale, theme, result, ... */
  attributes?: Attributes;
  /** Words in the place of the element's own. */
  words?: OwnWords;
  /** Sentences in the place of {@link SENTENCES}. */
  sentences?: Partial<Sentences>;
}

/** What is said below the check. */
export interface Sentences {
  done: string;
  mayContinue: string;
  needed: string;
  preview: string;
  notLoaded: string;
}

export const SENTENCES: Sentences = {
  done: "The check is done. Please continue.",
  mayContinue: "You can try again, or continue without the check.",
  needed: "This check is needed to continue.",
  preview: "Preview: you can continue without the check.",
  notLoaded: "The check could not be loaded. Reload this page to try again.",
};

type Chosen = Required<Pick<Settings, "refused" | "failed" | "preview" | "attempts" | "prefix" | "advance" | "again">>;
export type Complete = Settings & Chosen;

const isAddress = (text: string): boolean => /^https?:\/\/[^/\s]+/i.test(text);
const POLICIES: readonly string[] = ["pass", "stop"];

/** The settings with their defaults. Throws a `TypeError` that names what is wrong. */
export function complete(settings: Settings): Complete {
  const { refused = "pass", failed = "pass", preview = "unlocked", attempts = 2, prefix = "liveness_" } = settings;
  for (const [name, value] of [["refused", refused], ["failed", failed]] as const) {
    if (!POLICIES.includes(value)) throw new TypeError(`${name} must be "pass" or "stop", not ${String(value)}`);
  }
  if (preview !== "unlocked" && preview !== "same") throw new TypeError(`preview must be "unlocked" or "same", not ${String(preview)}`);
  if (!Number.isInteger(attempts) || attempts < 1) throw new TypeError(`attempts must be a whole number from 1 on, not ${String(attempts)}`);
  if (!/^[A-Za-z_][\w-]*$/.test(prefix)) throw new TypeError(`prefix must be letters, digits and _, not ${String(prefix)}`);
  if (settings.gateway !== undefined && !isAddress(settings.gateway)) throw new TypeError(`gateway must be an address such as https://liveness.example, not ${String(settings.gateway)}`);
  return { ...settings, refused, failed, preview, attempts, prefix, advance: settings.advance === true, again: settings.again === true };
}
