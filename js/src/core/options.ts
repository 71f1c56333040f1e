/** Checks every option before anything starts, against the table generated from Rust. */
import { LivenessError } from "./errors.js";
import { absolute, folder } from "./address.js";
import type { DetectorFiles } from "./engine.js";
import { RESERVED_HEADERS } from "../generated/codes.js";
import { CHECK_OPTIONS, type CheckedOption, type LivenessOptions, type OptionKind, type OptionTable, LOADING_TIMEOUT_MS, PRELOAD_OPTIONS, type PreloadOptions } from "../generated/options.js";

function refuse(path: string, what: string): never {
  throw new LivenessError("invalid_options", `${path} ${what}`);
}

/** An object's built-in type, even if it comes from another frame. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
/** Ids travel in one string, with blanks between them. */
const isId = (value: unknown): boolean => isText(value) && !/\s/.test(value);

/** Whether a value is really what it says it is: a getter of the class refuses whatever only looks like it. */
function isReal(type: string, getter: string, value: unknown): boolean {
  try {
    // Not every browser has every class.
    const { prototype } = (globalThis as unknown as Record<string, { prototype: object }>)[type]!;
    Object.getOwnPropertyDescriptor(prototype, getter)!.get!.call(value);
    return true;
  } catch {
    return false;
  }
}

/** Header names in lower case, with their values. */
function checkHeaders(path: string, value: unknown): [string, string][] {
  if (kindOf(value) !== "Object") refuse(path, "must be a plain object of strings");
  const headers = new Map<string, string>();
  for (const [name, text] of Object.entries(value as object)) {
    const at = `${path}[${JSON.stringify(name)}]`;
    if (typeof text !== "string") refuse(at, "must be a string");
    const spelled = name.toLowerCase();
    if (headers.has(spelled)) refuse(at, "occurs in two spellings");
    if (RESERVED_HEADERS.has(spelled)) refuse(at, "is set by the check itself");
    try {
      new Headers([[name, text]]);
    } catch {
      refuse(at, "cannot be a header: names are tokens, values Latin-1 without line breaks");
    }
    headers.set(spelled, text);
  }
  return [...headers];
}

/** What kind of value was refused, in a word. */
const named = (value: unknown): string => (value === null ? "null" : kindOf(value));

/** A stream with a picture. */
function checkStream(path: string, stream: MediaStream): MediaStream {
  return stream.getVideoTracks().length ? stream : refuse(path, "has no video track");
}

/** Checks that a table cannot express; what a check returns is what is used. */
const CHECKS: Record<CheckedOption, (path: string, value: unknown) => unknown> = {
  video: (path, value) => {
    if (!isReal("HTMLVideoElement", "videoWidth", value)) refuse(path, `must be a <video> element, not ${named(value)}`);
    return value;
  },
  source: (path, value) => {
    if (value === "camera") return undefined;
    if (isText(value)) return checkAddress(path, value);
    if (isReal("MediaStream", "active", value)) return checkStream(path, value as MediaStream);
    return isReal("Blob", "size", value) ? value : refuse(path, `must be "camera", a MediaStream, a Blob, a File or a URL, not ${named(value)}`);
  },
  headers: checkHeaders,
  steps: (path, value) => (Array.isArray(value) && value.every(isId) ? value.join(" ") : refuse(path, "must be a list of model ids")),
  band: (path, value) => {
    const fits = Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] >= 0 && value[0] <= value[1] && value[1] <= 100;
    return fits ? value : refuse(path, "must be two scores from 0 to 100, the lower one first");
  },
  onCapabilities: (path, value) => (typeof value === "function" ? value : refuse(path, "must be a function")),
  signal: (path, value) => {
    const { aborted, addEventListener, removeEventListener } = (value ?? {}) as Partial<AbortSignal>;
    const listens = typeof addEventListener === "function" && typeof removeEventListener === "function";
    return typeof aborted === "boolean" && listens ? value : refuse(path, "must be an AbortSignal");
  },
};

type Listed = Extract<OptionKind, readonly unknown[]>;
const isList = (kind: Listed | OptionTable): kind is Listed => Array.isArray(kind);
const isWords = (kind: Listed): kind is readonly string[] => typeof kind[0] === "string";

/** The address, absolute. */
function checkAddress(path: string, value: unknown): string {
  if (!isText(value) && kindOf(value) !== "URL") refuse(path, "must be a URL");
  try {
    return absolute(value as string | URL);
  } catch {
    refuse(path, "is not a URL");
  }
}

/** The package's folder. Not every URL can have files beside it: one with `data:` has none. */
function checkFolder(assetBase: unknown): string {
  try {
    return folder(assetBase as string | undefined);
  } catch {
    refuse("assetBase", "is not the URL of a folder");
  }
}

function checkValue(path: string, name: string, kind: OptionKind, value: unknown): unknown {
  if (kind === "checked") return CHECKS[name as CheckedOption](path, value);
  if (kind === "address") return checkAddress(path, value);
  if (kind === "flag") {
    if (typeof value !== "boolean") refuse(path, "must be true or false");
  } else if (kind === "text") {
    if (!isText(value) || !/^[ -~]+$/.test(value)) refuse(path, "must be a string of ASCII characters");
  } else if (!isList(kind)) return checkOptions(path, kind, value);
  else if (isWords(kind)) {
    if (!kind.includes(value as string)) refuse(path, `must be one of ${kind.map((word) => `"${word}"`).join(", ")}`);
  } else {
    const [min, max, whole] = kind;
    const fits = typeof value === "number" && value >= min && value <= max && (!whole || Number.isInteger(value));
    if (!fits) refuse(path, `must be a ${whole ? "whole " : ""}number from ${min} to ${max}`);
  }
  return value;
}

type Checked = Record<string, unknown>;

/** These objects' own properties in one that inherits nothing, whatever a page has put into `Object.prototype`. */
const bare = (...parts: object[]): Checked => Object.assign(Object.create(null), ...parts);

/** The options that are set, as they are used. Each is read once, and nothing is inherited. */
function checkOptions(path: string, table: OptionTable, options: unknown): Checked {
  if (kindOf(options) !== "Object") refuse(path || "the options", "must be an object");
  const given = bare(options as object);
  const checked = bare();
  const within = (name: string): string => (path ? `${path}.${name}` : name);
  for (const [key, kind] of Object.entries(table)) {
    const name = key.replace("!", "");
    const value = given[name];
    delete given[name];
    if (value !== undefined) checked[name] = checkValue(within(name), name, kind, value);
    else if (key !== name) refuse(within(name), "is missing");
  }
  for (const name of Object.keys(given)) refuse(within(name), "is not an option");
  return checked;
}

/** The same for whatever a page may pass: what throws when it is read is refused as well. */
function checkAll(table: OptionTable, options: unknown): Checked {
  try {
    return checkOptions("", table, options);
  } catch (error) {
    throw error instanceof LivenessError ? error : new LivenessError("invalid_options", `the options cannot be read: ${error}`);
  }
}

/** Where the package's files are, for `preload`. */
export function preloadFolder(options: PreloadOptions): string {
  return checkFolder(checkAll(PRELOAD_OPTIONS, options)["assetBase"]);
}

/** Which stream the check opens, or gets. */
export interface CameraWish {
  /** The page's own stream. */
  own: MediaStream | undefined;
  deviceId: string | undefined;
  /** Whether the page's own stream is stopped in the end. */
  stops: boolean;
  remembers: boolean;
  onCapabilities: LivenessOptions["onCapabilities"];
}

/**
 * The page's own stream, if it is to be stopped in the end: also by a check whose options are refused, or that is cancelled
 * before they are looked at.
 */
export function streamToStop(options: unknown): MediaStream | undefined {
  const own = (name: string): unknown => (Object.hasOwn(Object(options), name) ? (options as Checked)[name] : undefined);
  const source = own("stopSource") === true ? own("source") : undefined;
  return isReal("MediaStream", "active", source) ? (source as MediaStream) : undefined;
}

/** Options as a check takes them: those of the page's module in its own form, and those that stay with the script. */
export interface Prepared {
  video: HTMLVideoElement;
  signal: AbortSignal | undefined;
  camera: CameraWish;
  /** Where the package's files are; empty: where the build has put them. */
  folder: string;
  detector: DetectorFiles | null;
  /** How long the page's module may take, in milliseconds. */
  loadingMs: number;
  /** For the page's module. */
  plain: Record<string, unknown>;
}

/** Where requests go: nothing but a server's address and a path. */
function checkEndpoint(endpoint: unknown): string {
  const url = new URL((endpoint as string | undefined) ?? checkAddress("endpoint", "/"));
  const plain = /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  if (!plain) refuse("endpoint", "must be an http(s) URL without user, query and fragment");
  return url.href;
}

/** The page's own detector, with the module that runs it. */
function detectorFiles(given: unknown, folder: string): DetectorFiles | null {
  if (!given) return null;
  const { module, side = null, ...own } = given as Omit<DetectorFiles, "module" | "side"> & { module?: string; side?: number };
  if (!module && !folder) refuse("detector.module", "is missing: the address of vision_onnx_bg.wasm, of the package liveness-capture-onnx");
  return { ...own, side, module: module ?? `${folder}vision_onnx_bg.wasm` };
}

/** Checks the options, and makes their addresses absolute. */
export function prepare(options: LivenessOptions): Prepared {
  const { video: given, signal, assetBase, detector, source, stopSource, deviceId, rememberCamera, onCapabilities, ...others } = checkAll(CHECK_OPTIONS, options);
  const rest = bare(others);
  const own = isReal("MediaStream", "active", source) ? (source as MediaStream) : undefined;
  if (rest["modelVersion"] !== undefined && rest["frameCount"] === undefined) refuse("frameCount", "is missing: modelVersion needs it");
  const video = given ?? (rest["mode"] === "background" ? document.createElement("video") : refuse("video", "is missing"));
  const base = checkFolder(assetBase);
  const escalation = rest["escalation"] as { band?: [number, number] } | undefined;
  const [lowest, highest] = escalation?.band ?? [];
  const { loading } = (rest["timeouts"] ?? {}) as { loading?: number };
  return {
    video: video as HTMLVideoElement,
    signal: signal as AbortSignal | undefined,
    camera: {
      own,
      deviceId: deviceId as string | undefined,
      stops: stopSource === true,
      remembers: rememberCamera === true,
      onCapabilities: onCapabilities as LivenessOptions["onCapabilities"],
    },
    folder: base,
    detector: detectorFiles(detector, base),
    loadingMs: loading ?? LOADING_TIMEOUT_MS,
    plain: bare(rest, { escalation: escalation && bare(escalation, { lowest, highest }), source: own ? undefined : source, endpoint: checkEndpoint(rest["endpoint"]) }),
  };
}
