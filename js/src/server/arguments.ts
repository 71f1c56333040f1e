/**
 * What a back end gives, checked before anything is sent. A fault is a TypeError that names the argument, never its value,
 * which may be a secret.
 */
import type { GatewayOptions, SessionOptions } from "./options.js";

type Rule = readonly [must: string, holds: (value: unknown) => boolean, needed?: "needed"];
type Given<T> = { [K in keyof T]?: NonNullable<T[K]> };

export interface CheckedGateway {
  /** Without a slash at its end. */
  base: string;
  serverKey: string;
  timeoutMs: number;
  fetch: typeof fetch;
}

/** What a timer takes; beyond it fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** An object literal, of any realm: no Map, no Promise, no instance of a class. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const isText = (value: unknown): value is string => typeof value === "string";
const fitsHeader = (value: unknown): boolean => isText(value) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

/** The text of an address that can stand before a path. */
function baseOf(endpoint: unknown): string | null {
  if (!isText(endpoint) && Object.prototype.toString.call(endpoint) !== "[object URL]") return null;
  try {
    const { protocol, username, password, href } = new URL(String(endpoint));
    const usable = /^https?:$/.test(protocol) && !username && !password && !/[?#]/.test(href);
    return usable ? href.replace(/\/+$/, "") : null;
  } catch {
    return null;
  }
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener, removeEventListener } = Object(value) as Partial<AbortSignal>;
  return typeof aborted === "boolean" && typeof addEventListener === "function" && typeof removeEventListener === "function";
}

const TEXT: Rule = ["a string", isText];
const SIGNAL: Rule = ["an AbortSignal", isSignal];

const GATEWAY: Record<keyof GatewayOptions, Rule> = {
  endpoint: ["an http or https URL without user, query and fragment", (value) => baseOf(value) !== null, "needed"],
  serverKey: ["a string that is not blank and that a header can hold", (value) => isText(value) && value.trim() !== "" && fitsHeader(value.trim()), "needed"],
  timeoutMs: [`a number above 0 and at most ${MAX_TIMEOUT_MS}`, (value) => typeof value === "number" && value > 0 && value <= MAX_TIMEOUT_MS],
  fetch: ["a function", (value) => typeof value === "function"],
};

const SESSION: Record<keyof SessionOptions, Rule> = {
  reference: TEXT,
  // What is in it is looked at where it is written as JSON.
  metadata: ["an object", isObject],
  allowedOrigin: TEXT,
  idempotencyKey: ["a string that is not empty and that a header can hold", (value) => value !== "" && fitsHeader(value)],
  source: ['"live" or "media"', (value) => value === "live" || value === "media"],
  model: TEXT,
  frameCount: ["a whole number above 0", (value) => Number.isSafeInteger(value) && (value as number) > 0],
  modelVersion: ["a string that a header can hold", fitsHeader],
  signal: SIGNAL,
};

function check(name: string, value: unknown, [must, holds]: Rule): void {
  if (!holds(value)) throw new TypeError(`${name} must be ${must}`);
}

/** The properties that have a rule, read once; those that are null left out. */
function checked<T extends object>(what: string, given: T, rules: Record<keyof T, Rule>): Given<T> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(rules, name));
  if (unknown.length > 0) throw new TypeError(`${what} must not have ${unknown.map((name) => JSON.stringify(name)).join(", ")}`);
  const result: Given<T> = {};
  for (const name of Object.keys(rules) as (keyof T & string)[]) {
    const value = given[name] ?? undefined;
    if (value === undefined && !rules[name][2]) continue;
    check(`${what}.${name}`, value, rules[name]);
    result[name] = value as NonNullable<T[typeof name]>;
  }
  return result;
}

export function checkedGateway(gateway: GatewayOptions): CheckedGateway {
  check("gateway", gateway, ["an object with endpoint and serverKey", isObject]);
  const { endpoint, serverKey = "", timeoutMs = 10_000, fetch = globalThis.fetch } = checked("gateway", gateway, GATEWAY);
  return { base: baseOf(endpoint) ?? "", serverKey: serverKey.trim(), timeoutMs, fetch };
}

export function checkedOptions(options: SessionOptions | null): Given<SessionOptions> {
  check("options", options ?? {}, ["a plain object", isPlain]);
  const { metadata, ...rest } = checked("options", options ?? {}, SESSION);
  return metadata ? { ...rest, metadata: checkedJson("options.metadata", metadata) } : rest;
}

export function checkedSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  check("signal", signal, SIGNAL);
  return signal;
}

/** One segment of a path: dots alone would be another path, and half a surrogate pair has no encoding. */
export function checkedId(id: string): string {
  check("id", id, ["a session's id: a string that is not empty", (value) => isText(value) && !["", ".", ".."].includes(value) && !/\p{Surrogate}/u.test(value)]);
  return id;
}

/** A copy of an object as JSON has it. What JSON would leave out, or turn into `{}`, is refused: it would be lost unnoticed. */
export function checkedJson(name: string, object: object): object {
  check(name, object, ["a plain object", isObject]);
  let whole = true;
  const look = (key: string, value: unknown): unknown => {
    const at = key === "" || whole ? name : `${name}: ${JSON.stringify(key)}`;
    if (whole) check(at, value, ["a plain object, or have a toJSON that gives one", isPlain]);
    whole = false;
    const lost = typeof value === "function" || typeof value === "symbol" || (isObject(value) && !isPlain(value) && Object.keys(value).length === 0);
    if (lost) throw new TypeError(`${at} has a value that JSON cannot hold`);
    return value;
  };
  let text: string;
  try {
    text = JSON.stringify(object, look);
  } catch (cause) {
    // Such as a BigInt, or an object that holds itself.
    throw cause instanceof TypeError && cause.message.startsWith(name) ? cause : new TypeError(`${name} cannot be written as JSON`, { cause });
  }
  return JSON.parse(text) as object;
}
