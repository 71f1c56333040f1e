import type { LivenessOptions } from "../core/index.js";
import type { Language } from "./language.js";
import type { Situation } from "./present.js";

/** How a check of this source is shown, by the element's attributes and the page's options. */
export function situationOf(element: Element, source: unknown, options: Partial<LivenessOptions>, language: Language): Situation {
  const fromFile = source !== "camera" && !(source as Partial<MediaStream>).getVideoTracks;
  const mirrored = element.getAttribute("mirrored");
  return {
    language,
    fromFile,
    releases: source === "camera" || (!fromFile && options.stopSource === true),
    mirrored: mirrored === "true" || (mirrored !== "false" && !fromFile),
    withheld: element.getAttribute("result") === "server",
    whole: (element.getAttribute("transport") ?? options.transport) === "stream",
  };
}
