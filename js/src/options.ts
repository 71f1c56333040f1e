/** Checks every option before anything starts, against the table generated from Rust. */
import { LivenessError } from "./errors.js";
import { absolute, folder } from "./address.js";
import { RESERVED_HEADERS } from "./generated/codes.js";
import { CHECK_OPTIONS, type CheckedOption, type LivenessOptions, type OptionKind, type OptionTable, PRELOAD_OPTIONS, type PreloadOptions } from "./generated/options.js";

function refuse(path: string, what: string): never {
  throw new LivenessError("invalid_options", `${path} ${what}`);
}

/** An object's built-in type, even if it comes from another frame. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

function checkHeaders(path: string, value: unknown): void {
  if (kindOf(value) !== "Object") refuse(path, "must be a plain object of strings");
  const seen = new Set<string>();
  for (const [name, text] of Object.entries(value as object)) {
    const at = `${path}[${JSON.stringify(name)}]`;
    if (typeof text !== "string") refuse(at, "must be a string");
    const spelled = name.toLowerCase();
    if (seen.has(spelled)) refuse(at, "occurs in two spellings");
    seen.add(spelled);
    if (RESERVED_HEADERS.has(spelled)) refuse(at, "is set by the check itself");
    try {
      new Headers([[name, text]]);
    } catch {
      refuse(at, "cannot be a header: names are tokens, values Latin-1 without line breaks");
    }
  }
}

/** Checks that a table cannot express. */
const CHECKS: Record<CheckedOption, (path: string, value: unknown) => void> = {
  video: (path, value) => {
    if (kindOf(value) !== "HTMLVideoElement") refuse(path, `must be a <video> element, not ${value === null ? "null" : kindOf(value)}`);
  },
  source: (path, value) => {
    if (!isText(value) && !["Blob", "File"].includes(kindOf(value))) refuse(path, "must be \"camera\", a Blob, a File or a URL");
  },
  headers: checkHeaders,
  signal: (path, value) => {
    const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
    if (typeof aborted !== "boolean" || typeof addEventListener !== "function") refuse(path, "must be an AbortSignal");
  },
};

type Listed = Extract<OptionKind, readonly unknown[]>;
const isList = (kind: Listed | OptionTable): kind is Listed => Array.isArray(kind);
const isWords = (kind: Listed): kind is readonly string[] => typeof kind[0] === "string";

function checkAddress(path: string, value: unknown): void {
  if (!isText(value) && kindOf(value) !== "URL") refuse(path, "must be a URL");
  try {
    absolute(value as string | URL);
  } catch {
    refuse(path, "is not a URL");
  }
}

function checkValue(path: string, name: string, kind: OptionKind, value: unknown): void {
  if (kind === "checked") CHECKS[name as CheckedOption](path, value);
  else if (kind === "address") checkAddress(path, value);
  else if (kind === "text") {
    if (!isText(value) || !/^[ -~]+$/.test(value)) refuse(path, "must be a string of ASCII characters");
  } else if (!isList(kind)) checkOptions(path, kind, value);
  else if (isWords(kind)) {
    if (!kind.includes(value as string)) refuse(path, `must be one of ${kind.map((word) => `"${word}"`).join(", ")}`);
  } else {
    const [min, max, whole] = kind;
    const fits = typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!fits) refuse(path, `must be a ${whole ? "whole " : ""}number from ${min} to ${max}`);
  }
}

function checkOptions(path: string, table: OptionTable, options: unknown): void {
  if (kindOf(options) !== "Object") refuse(path || "the options", "must be an object");
  const given = options as Record<string, unknown>;
  const within = (name: string): string => (path ? `${path}.${name}` : name);
  const known = new Set<string>();
  for (const [key, kind] of Object.entries(table)) {
    const name = key.replace("!", "");
    known.add(name);
    const value = given[name];
    if (value !== undefined) checkValue(within(name), name, kind, value);
    else if (key !== name) refuse(within(name), "is missing");
  }
  for (const name of Object.keys(given)) if (!known.has(name)) refuse(within(name), "is not an option");
}

/** Checks the options of `preload` and returns the folder of the package's files. */
export function preloadFolder(options: PreloadOptions): string {
  checkOptions("", PRELOAD_OPTIONS, options);
  return folder(options.assetBase);
}

/** A check's options, prepared: those for the page's module, and those the script keeps. */
export interface Prepared {
  video: HTMLVideoElement;
  signal: AbortSignal | undefined;
  assetBase: string;
  /** For the page's module, in its own form. */
  plain: Record<string, unknown>;
}

/** Checks the options and makes their URLs absolute. */
export function prepare(options: LivenessOptions): Prepared {
  checkOptions("", CHECK_OPTIONS, options);
  const { video, signal, ...rest } = options;
  const { endpoint, headers, detector, source } = rest;
  if (rest.modelVersion !== undefined && rest.frameCount === undefined) refuse("frameCount", "is missing: modelVersion needs it");
  const assetBase = folder(rest.assetBase);
  const plain: Record<string, unknown> = {
    ...rest,
    endpoint: absolute(`${endpoint ?? ""}/`),
    headers: Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    detector: detector && { ...detector, url: absolute(detector.url) },
    source: isText(source) && source !== "camera" ? absolute(source) : source,
    assetBase,
  };
  for (const [name, value] of Object.entries(plain)) if (value === undefined) delete plain[name];
  return { video, signal, assetBase, plain };
}
