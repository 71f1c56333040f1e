import type { LivenessOptions } from "../core/index.js";
import type { Language } from "./language.js";
import type { Situation } from "./present.js";

/** What a check keeps from its start on, whatever the page sets meanwhile. */
export interface Terms extends Pick<Situation, "fromFile" | "releases" | "withheld"> {
  /** It opens a camera, of which the person may choose one. */
  opens: boolean;
}

/** What a check of this source that starts now would keep. */
export function termsOf(element: Element, source: unknown, options: Partial<LivenessOptions>): Terms {
  const opens = source === "camera";
  const fromFile = !opens && !(source as Partial<MediaStream>).getVideoTracks;
  return { opens, fromFile, releases: opens || (!fromFile && options.stopSource === true), withheld: element.getAttribute("result") === "server" };
}

/** How a check of these terms is shown, by the element's attributes and the page's options. */
export function situationOf(element: Element, { fromFile, releases, withheld }: Terms, options: Partial<LivenessOptions>, language: Language): Situation {
  const mirrored = element.getAttribute("mirrored");
  return {
    language,
    fromFile,
    releases,
    withheld,
    mirrored: mirrored === "true" || (mirrored !== "false" && !fromFile),
    whole: (element.getAttribute("transport") ?? options.transport) === "stream",
  };
}
