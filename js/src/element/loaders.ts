/** Where the words of the other languages come from: a file each, so that nobody pays for those that are not shown. */
import type { Words } from "../words/words.js";

/** The languages besides English. Each way of loading them has all. */
export type LoadedLanguage = "ar" | "de" | "es" | "fr" | "ja" | "pt";
export type Loader = () => Promise<{ WORDS: Words }>;
export type Loaders = Readonly<Record<string, Loader>>;

export const LOADERS: Loaders = {
  ar: () => import("../words/ar.js"),
  de: () => import("../words/de.js"),
  es: () => import("../words/es.js"),
  fr: () => import("../words/fr.js"),
  ja: () => import("../words/ja.js"),
  pt: () => import("../words/pt.js"),
} satisfies Record<LoadedLanguage, Loader>;
