// What the page around a check may say to it: reads messages and options, and says what is wrong with them.
import type { FrameCode, FrameCommand, FrameOptions, FrameVersion } from "liveness-capture/frame";
import { type Requirement, SETTINGS, fromAddress, number, text } from "./settings.js";

/** The protocol's version. */
export const VERSION: FrameVersion = 1;

/** Why a message or an option is refused. */
export interface Refusal {
  code: FrameCode;
  /** For developers; never with a value in it, which may be a token. */
  detail: string;
}

/** A command, a refusal that its sender is told, or nothing: other messages are not meant for us. */
export type Reading = { command: FrameCommand } | { refusal: Refusal } | null;

class Refused extends Error {}

const flag: Requirement = (value) => (typeof value === "boolean" ? null : "must be true or false");
const SECRET = text(/^[!-~]{1,1000}$/, "a string of visible ASCII characters");

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function check(path: string, requirement: Requirement, value: unknown): void {
  const lacks = requirement(value);
  if (lacks) throw new Refused(`${path} ${lacks}`);
}

function checkSession(path: string, value: unknown): void {
  if (!isPlain(value)) throw new Refused(`${path} must be an object with id and token`);
  for (const part of ["id", "token"]) check(`${path}.${part}`, SECRET, value[part]);
}

/** In the address nothing may be secret. */
const IN_ADDRESS = ["model", "modelVersion", "frameCount", "fps", "result", "locale", "theme", "mirrored", "cameraPicker", "fillLight", "cues"] as const;

type Asked = "askSession" | "request";
const REQUIREMENTS: Record<(typeof IN_ADDRESS)[number] | Asked, Requirement> = {
  ...(Object.fromEntries(IN_ADDRESS.map((name) => [name, SETTINGS[name]])) as Pick<typeof SETTINGS, (typeof IN_ADDRESS)[number]>),
  askSession: flag,
  request: number(1, Number.MAX_SAFE_INTEGER, true),
} satisfies Record<Exclude<keyof FrameOptions, "session">, Requirement>;

/** The options that are given; throws for the first that is wrong. */
function checked(given: unknown): FrameOptions {
  if (!isPlain(given)) throw new Refused("options must be an object");
  for (const [name, value] of Object.entries(given)) {
    const path = `options.${name.slice(0, 40)}`;
    if (name !== "session" && !Object.hasOwn(REQUIREMENTS, name)) throw new Refused(`${path} is not an option`);
    // `null` takes it back.
    if (value === null || value === undefined) continue;
    if (name === "session") checkSession(path, value);
    else check(path, REQUIREMENTS[name as keyof typeof REQUIREMENTS], value);
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

/** Reads the options of the page's address; `ignored` has the names of those that are wrong. */
export function readAddress(query: URLSearchParams): { options: FrameOptions; ignored: string[] } {
  const options: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const [name, given] of query) {
    if (name === "parent" || name === "fit") continue;
    const value = fromAddress(name, given);
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
