/** The other languages' words beside the classic script: embed.js has this in the place of `element/loaders.ts`. */
import type { LoadedLanguage, Loader, Loaders } from "../../element/loaders.js";
import { beside } from "./script.js";

/** By its whole address: a relative one would be the page's, where the script is of another origin. */
const words = (file: string): Loader => async () => {
  const url = beside(`words/${file}`);
  if (!url) throw new Error("embed.js has no address of its own here");
  return import(url.href) as ReturnType<Loader>;
};

export const LOADERS: Loaders = {
  ar: words("ar.js"),
  de: words("de.js"),
  es: words("es.js"),
  fr: words("fr.js"),
  ja: words("ja.js"),
  pt: words("pt.js"),
} satisfies Record<LoadedLanguage, Loader>;
