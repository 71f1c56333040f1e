/** The settings of a question: their defaults, and what is wrong with them. */
import type { Sentences, Settings } from "./types.js";

export const SENTENCES: Sentences = {
  done: "The check is done. Please continue.",
  mayContinue: "You can try again, or continue without the check.",
  needed: "This check is needed to continue.",
  preview: "Preview: you can continue without the check.",
  notLoaded: "The check could not be loaded. Reload this page to try again.",
};

type WithDefault = "refused" | "failed" | "preview" | "attempts" | "prefix" | "advance" | "again";
type Chosen = { [Name in WithDefault]: NonNullable<Settings[Name]> };
export type WithDefaults = Settings & Chosen;

/** What each setting is. */
const KINDS: Readonly<Record<keyof Settings, string>> = {
  gateway: "string",
  refused: "string",
  failed: "string",
  attempts: "number",
  decline: "string",
  advance: "boolean",
  again: "boolean",
  response: "string",
  prefix: "string",
  preview: "string",
  into: "string",
  attributes: "object",
  words: "object",
  sentences: "object",
};
/** These may be `null`, which means that they are not set. */
const NULLABLE: readonly string[] = ["decline", "attributes", "words", "sentences"] satisfies (keyof Settings)[];

const isAddress = (text: string): boolean => /^https?:\/\/[^/\s]+/i.test(text);
const POLICIES: readonly string[] = ["pass", "stop"];

/** The settings with their defaults. Throws a `TypeError` that names what is wrong. */
export function withDefaults(settings: Settings): WithDefaults {
  for (const name of Object.keys(settings)) {
    if (!Object.prototype.hasOwnProperty.call(KINDS, name)) throw new TypeError(`${name} is no setting`);
    const value: unknown = settings[name as keyof Settings];
    const kind = KINDS[name as keyof Settings];
    if (value === undefined || (value === null && NULLABLE.includes(name))) continue;
    if (typeof value !== kind || value === null) throw new TypeError(`${name} must be ${kind === "object" ? "an" : "a"} ${kind}, not ${String(value)}`);
  }
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
