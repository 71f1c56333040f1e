// Query parameters, for tests and for trying things out. Invalid ones are ignored and reported.
import type { LivenessCheckElement } from "liveness-capture/element";
import { SETTINGS, fromAddress } from "./settings.js";

/** The options that the page's address may set. */
export type GivenOptions = LivenessCheckElement["options"];

export interface ParsedParameters {
  options: GivenOptions;
  /** Attributes of the element. */
  attributes: Record<string, string>;
  /** Names of the parameters that were present but invalid. */
  ignored: string[];
  /** Whether the developers' panel is shown. */
  dev: boolean;
}

/** By parameter: the option of the check. */
const OPTIONS = { transport: "transport", framePath: "framePath", fps: "fps", frames: "frameCount", model: "model" } as const;
const ATTRIBUTES = ["locale", "theme", "mirrored", "result", "cues"] as const;

/** Reads the address's query; `pageUrl` is the page's own address. */
export function parseParameters(pageUrl: URL): ParsedParameters {
  const query = pageUrl.searchParams;
  const options: Record<string, unknown> = {};
  const attributes: Record<string, string> = {};
  const ignored: string[] = [];

  const read = (name: string, setting: keyof typeof SETTINGS, into: Record<string, unknown>): void => {
    const given = query.get(name);
    if (given === null) return;
    const value = fromAddress(setting, given);
    if (SETTINGS[setting](value) === null) into[setting] = value;
    else ignored.push(name);
  };
  for (const [name, option] of Object.entries(OPTIONS)) read(name, option, options);
  for (const name of ATTRIBUTES) read(name, name, attributes);
  const endpoint = query.get("endpoint");
  const base = endpoint === null ? null : sameOriginBase(endpoint, pageUrl);
  if (base !== null) options["endpoint"] = base;
  else if (endpoint !== null) ignored.push("endpoint");
  return { options: options as GivenOptions, attributes, ignored, dev: query.has("dev") };
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
