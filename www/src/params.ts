// Query parameters, for tests and for trying things out. Invalid ones are ignored and reported.
import type { LivenessOptions } from "./package.js";

/** The options that the page's address may set. */
export type PageOptions = Pick<LivenessOptions, "transport" | "fps" | "model" | "frameCount" | "endpoint" | "framePath">;

export interface ParsedParameters {
  options: PageOptions;
  /** Names of the parameters that were present but invalid. */
  ignored: string[];
}

const TRANSPORTS = ["sessions", "crops", "stream"] as const;
const FRAME_PATHS = ["auto", "track-processor", "video-frame", "image-bitmap", "canvas"] as const;
const MAX_FRAMES = 250;
const MAX_FPS = 30;

/** Reads the address's query; `pageUrl` is the page's own address. */
export function parseParameters(pageUrl: URL): ParsedParameters {
  const query = pageUrl.searchParams;
  const options: PageOptions = {};
  const ignored: string[] = [];

  const read = (name: string, accept: (value: string) => boolean): void => {
    const value = query.get(name);
    if (value !== null && !accept(value)) ignored.push(name);
  };

  read("transport", (value) => {
    const transport = TRANSPORTS.find((known) => known === value);
    if (transport) options.transport = transport;
    return transport !== undefined;
  });
  read("fps", (value) => {
    const fps = Number(value);
    const valid = value.trim() !== "" && fps >= 1 && fps <= MAX_FPS;
    if (valid) options.fps = fps;
    return valid;
  });
  read("frames", (value) => {
    const frames = Number(value);
    const valid = Number.isInteger(frames) && frames >= 1 && frames <= MAX_FRAMES;
    if (valid) options.frameCount = frames;
    return valid;
  });
  read("model", (value) => {
    const valid = /^[\w.-]{1,64}$/.test(value);
    if (valid) options.model = value;
    return valid;
  });
  read("framePath", (value) => {
    const path = FRAME_PATHS.find((known) => known === value);
    if (path) options.framePath = path;
    return path !== undefined;
  });
  read("endpoint", (value) => {
    const endpoint = sameOriginBase(value, pageUrl);
    if (endpoint !== null) options.endpoint = endpoint;
    return endpoint !== null;
  });
  return { options, ignored };
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
