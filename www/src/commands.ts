// What the page around a check may say to it: reads messages and options, and says what is wrong with them.
import type { FrameCode, FrameCommand, FrameOptions } from "liveness-capture/frame";

/** The protocol's version. */
export const VERSION = 1;

/** Why a message or an option is refused. */
export interface Refusal {
  code: FrameCode;
  /** For developers; never with a value in it, which may be a token. */
  detail: string;
}

/** A command, a refusal that its sender is told, or nothing: other messages are none of ours. */
export type Reading = { command: FrameCommand } | { refusal: Refusal } | null;

class Refused extends Error {}

type Check = (path: string, value: unknown) => void;

const text = (pattern: RegExp, what: string): Check => (path, value) => {
  if (typeof value !== "string" || !pattern.test(value)) throw new Refused(`${path} must be ${what}`);
};
const oneOf = (...words: string[]): Check => (path, value) => {
  if (!words.includes(value as string)) throw new Refused(`${path} must be one of ${words.map((word) => `"${word}"`).join(", ")}`);
};
/** One or more of these, in any order, as the words of an attribute are. */
const someOf = (...words: string[]): Check => (path, value) => {
  const given = typeof value === "string" ? value.match(/\S+/g) : null;
  if (!given?.every((word) => words.includes(word))) throw new Refused(`${path} must be ${words.map((word) => `"${word}"`).join(" or ")}, or both`);
};
const number = (least: number, most: number, whole: boolean): Check => (path, value) => {
  const fits = typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
  if (!fits) throw new Refused(`${path} must be a ${whole ? "whole " : ""}number from ${least} to ${most}`);
};

const flag: Check = (path, value) => {
  if (typeof value !== "boolean") throw new Refused(`${path} must be true or false`);
};

const NAME = text(/^[\w.-]{1,64}$/, "a name of letters, digits, dots and dashes");
const SECRET = text(/^[!-~]{1,1000}$/, "a string of visible ASCII characters");

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function session(path: string, value: unknown): void {
  if (!isPlain(value)) throw new Refused(`${path} must be an object with id and token`);
  SECRET(`${path}.id`, value["id"]);
  SECRET(`${path}.token`, value["token"]);
}

const CHECKS: Record<keyof FrameOptions, Check> = {
  session,
  askSession: flag,
  request: number(1, Number.MAX_SAFE_INTEGER, true),
  model: NAME,
  modelVersion: NAME,
  frameCount: number(1, 250, true),
  fps: number(1, 30, false),
  result: oneOf("shown", "server"),
  locale: text(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "a language tag such as pt-BR"),
  theme: oneOf("auto", "light", "dark"),
  mirrored: oneOf("auto", "true", "false"),
  cameraPicker: oneOf("auto", "off"),
  fillLight: oneOf("auto", "off"),
  cues: someOf("sound", "vibration"),
};

/** The options that are given; throws for the first that is wrong. */
function checked(given: unknown): FrameOptions {
  if (!isPlain(given)) throw new Refused("options must be an object");
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(CHECKS, name)) throw new Refused(`options.${name.slice(0, 40)} is not an option`);
    // `null` takes it back.
    if (value !== null && value !== undefined) CHECKS[name as keyof FrameOptions](`options.${name}`, value);
  }
  return given as FrameOptions;
}

/** Reads what the parent has posted. */
export function readCommand(data: unknown): Reading {
  if (!isPlain(data) || !Object.hasOwn(data, "liveness")) return null;
  if (data["liveness"] !== VERSION) return { refusal: { code: "unsupported_version", detail: `this page speaks version ${VERSION}` } };
  const { type } = data;
  switch (type) {
    case "start":
    case "cancel":
    case "retry":
    case "extend":
      return { command: { type } };
    case "options":
      try {
        return { command: { type, options: checked(data["options"]) } };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return { refusal: { code: "invalid_message", detail: error.message } };
      }
    default:
      // A later version may know it. What is no name at all is a mistake.
      return typeof type === "string" ? null : { refusal: { code: "invalid_message", detail: "type must be a string" } };
  }
}

/** In the address nothing may be secret. */
const IN_ADDRESS = ["model", "modelVersion", "frameCount", "fps", "result", "locale", "theme", "mirrored", "cameraPicker", "fillLight", "cues"] as const;

/** Reads the options of the page's address; `ignored` has the names of those that are wrong. */
export function readAddress(query: URLSearchParams): { options: FrameOptions; ignored: string[] } {
  const options: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const [name, given] of query) {
    if (name === "parent" || name === "fit") continue;
    const value = name === "frameCount" || name === "fps" ? Number(given || Number.NaN) : given;
    try {
      if (!(IN_ADDRESS as readonly string[]).includes(name)) throw new Refused(name);
      checked({ [name]: value });
      options[name] = value;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      ignored.push(name);
    }
  }
  return { options: options as FrameOptions, ignored };
}
