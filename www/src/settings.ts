// What an address, or the page around a frame, may set, and what a value has to be: by the package's own tables.
import { CHECK_OPTIONS } from "liveness-capture/element";
import { ATTRIBUTES } from "../../js/src/element/attributes.js";

/** Says what a value has to be, if it is not that. For developers; never with the value in it, which may be a token. */
export type Requirement = (value: unknown) => string | null;

export const text = (pattern: RegExp, what: string): Requirement => (value) => (typeof value === "string" && pattern.test(value) ? null : `must be ${what}`);

const quoted = (words: readonly string[], joint: string): string => words.map((word) => `"${word}"`).join(joint);
const oneOf = (words: readonly string[]): Requirement => (value) => (words.includes(value as string) ? null : `must be one of ${quoted(words, ", ")}`);

/** One or more of these, in any order, as the words of an attribute are. */
const someOf = (...words: string[]): Requirement => (value) => {
  const given = typeof value === "string" ? value.match(/\S+/g) : null;
  return given?.every((word) => words.includes(word)) ? null : `must be ${quoted(words, " or ")}, or both`;
};

export const number = (least: number, most: number, whole: boolean): Requirement => (value) => {
  const fits = typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
  return fits ? null : `must be a ${whole ? "whole " : ""}number from ${least} to ${most}`;
};

/** As the package's table of options has it: words, or bounds. */
function option(name: string): Requirement {
  const [least, most, whole] = CHECK_OPTIONS[name] as readonly [unknown, unknown, unknown?];
  return typeof least === "number" ? number(least, Number(most), whole !== undefined) : oneOf(CHECK_OPTIONS[name] as readonly string[]);
}

const NAME = text(/^[\w.-]{1,64}$/, "a name of letters, digits, dots and dashes");

/** By their properties' names. */
export const SETTINGS = {
  model: NAME,
  modelVersion: NAME,
  frameCount: option("frameCount"),
  fps: option("fps"),
  transport: option("transport"),
  framePath: option("framePath"),
  result: oneOf(ATTRIBUTES.result.kind),
  locale: text(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "a language tag such as pt-BR"),
  theme: oneOf(ATTRIBUTES.theme.kind),
  mirrored: oneOf(ATTRIBUTES.mirrored.kind),
  cameraPicker: oneOf(ATTRIBUTES["camera-picker"].kind),
  fillLight: oneOf(ATTRIBUTES["fill-light"].kind),
  cues: someOf("sound", "vibration"),
} satisfies Record<string, Requirement>;

/** A setting as an address has it: what is to be a number is one. */
export const fromAddress = (name: string, given: string): string | number => (name === "frameCount" || name === "fps" ? Number(given.trim() || Number.NaN) : given);
