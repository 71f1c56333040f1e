// Query parameters, for tests and for trying things out. Invalid ones are ignored and reported.
import { CHECK_OPTIONS, type LivenessCheckElement } from "liveness-capture/element";

/** The options that the page's address may set. */
export type PageOptions = LivenessCheckElement["options"];

export interface ParsedParameters {
  options: PageOptions;
  /** Attributes of the element. */
  attributes: Record<string, string>;
  /** Names of the parameters that were present but invalid. */
  ignored: string[];
  /** Whether the developers' panel is shown. */
  dev: boolean;
}

const MAX_FRAMES = 250;
/** By parameter: the option, and what it accepts where the package's own table says too little. */
const OPTIONS: Record<string, [option: keyof PageOptions, valid?: RegExp]> = {
  transport: ["transport"],
  framePath: ["framePath"],
  fps: ["fps"],
  frames: ["frameCount"],
  model: ["model", /^[\w.-]{1,64}$/],
};
const ATTRIBUTES: Record<string, RegExp> = {
  locale: /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/,
  theme: /^(light|dark)$/,
  mirrored: /^(true|false)$/,
  result: /^server$/,
  cues: /^(sound|vibration|sound vibration)$/,
};

/** Reads the address's query; `pageUrl` is the page's own address. */
export function parseParameters(pageUrl: URL): ParsedParameters {
  const query = pageUrl.searchParams;
  const options: Record<string, unknown> = {};
  const attributes: Record<string, string> = {};
  const ignored: string[] = [];

  for (const [name, [option, valid]] of Object.entries(OPTIONS)) {
    const given = query.get(name);
    if (given === null) continue;
    const value = accepted(option, given);
    const fits = value !== undefined && (valid?.test(given) ?? true) && (option !== "frameCount" || Number(value) <= MAX_FRAMES);
    if (fits) options[option] = value;
    else ignored.push(name);
  }
  for (const [name, valid] of Object.entries(ATTRIBUTES)) {
    const given = query.get(name);
    if (given !== null && valid.test(given)) attributes[name] = given;
    else if (given !== null) ignored.push(name);
  }
  const endpoint = query.get("endpoint");
  const base = endpoint === null ? null : sameOriginBase(endpoint, pageUrl);
  if (base !== null) options["endpoint"] = base;
  else if (endpoint !== null) ignored.push("endpoint");
  return { options: options as PageOptions, attributes, ignored, dev: query.has("dev") };
}

/** The value as the option takes it; nothing if it does not. */
function accepted(option: string, given: string): unknown {
  const kind = CHECK_OPTIONS[option];
  if (!Array.isArray(kind)) return given || undefined;
  const list = kind as readonly unknown[];
  if (typeof list[0] === "string") return list.includes(given) ? given : undefined;
  const [least, most, whole] = list as readonly [number, number, number?];
  const value = given.trim() === "" ? Number.NaN : Number(given);
  return value >= least && value <= most && (!whole || Number.isInteger(value)) ? value : undefined;
}

/** Accepts only this server: a link must not be able to send someone's pictures elsewhere. */
function sameOriginBase(value: string, pageUrl: URL): string | null {
  let url: URL;
  try {
    url = new URL(value, pageUrl);
  } catch {
    return null;
  }
  if (url.origin !== pageUrl.origin || url.search || url.hash) return null;
  return url.origin + url.pathname.replace(/\/+$/, "");
}
