/** The words that are shown: which language, and what the page says instead. */
import { LOADERS } from "./loaders.js";
import { ELEMENT, FAR, HELPS, HINTS, SPOKEN, WARNINGS } from "../words/en.js";
import type { Words } from "../words/words.js";

/** A language as the element uses it. English has no failures and guidance here: the core brings them. */
export interface Language extends Pick<Words, "element" | "hints" | "spoken" | "helps" | "far" | "warnings">, Partial<Pick<Words, "failures" | "guidance">> {
  /** For `Intl`, and as `lang`. */
  readonly tag: string;
}

/** Words of the page's own, by the same names as the package's; what is not there stays. */
export type OwnWords = { readonly [group in keyof Words]?: Partial<Words[group]> };

export const ENGLISH: Language = { tag: "en", element: ELEMENT, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS };

/** Languages the package has words for. */
export const LANGUAGES: readonly string[] = ["en", ...Object.keys(LOADERS)];

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/i;

export const directionOf = (tag: string): "ltr" | "rtl" => (RIGHT_TO_LEFT.test(tag) ? "rtl" : "ltr");

/** The package's language for a tag, such as `pt` for `pt-BR`; English for those it has no words for. */
export function languageFor(tag: string): string {
  const [primary = ""] = tag.toLowerCase().split(/[-_]/);
  return Object.hasOwn(LOADERS, primary) ? primary : "en";
}

/** A tag that `Intl` takes: the page's own if it is one, for it knows the region. */
function intlTag(tag: string, language: string): string {
  try {
    const [own = language] = Intl.getCanonicalLocales(tag.replace("_", "-"));
    return own.toLowerCase().split("-")[0] === language ? own : language;
  } catch {
    return language;
  }
}

/** Whether a tag's words have to be fetched first. */
export const isBuiltIn = (tag: string): boolean => languageFor(tag) === "en";

/** English at once, the others once their file is there; if it cannot be fetched, English. */
export async function loadLanguage(tag: string): Promise<Language> {
  const language = languageFor(tag);
  const load = LOADERS[language];
  if (!load) return english(tag);
  try {
    const { WORDS } = await load();
    return { ...WORDS, tag: intlTag(tag, language) };
  } catch {
    return ENGLISH;
  }
}

export const english = (tag: string): Language => ({ ...ENGLISH, tag: intlTag(tag, "en") });

const isJapanese = (tag: string): boolean => /^ja\b/i.test(tag);

/** Sentences one after the other, which Japanese does without spaces. */
export const sentences = ({ tag }: Pick<Language, "tag">, ...parts: readonly string[]): string => parts.filter(Boolean).join(isJapanese(tag) ? "" : " ");

/** A heading as a sentence, for who hears it. */
export const sentence = ({ tag }: Pick<Language, "tag">, heading: string): string => (/[.!?。！？؟]$/.test(heading) ? heading : `${heading}${isJapanese(tag) ? "。" : "."}`);

/** The language with the page's own words in it. */
export function withOwn(language: Language, own: OwnWords): Language {
  const merged: Record<string, unknown> = { ...language };
  for (const group of ["failures", "guidance", "hints", "spoken", "helps", "far", "warnings", "element"] as const) {
    if (own[group]) merged[group] = { ...language[group], ...own[group] };
  }
  return merged as unknown as Language;
}

/** The language of the place: the nearest `lang`, also outside of shadow trees, else the browser's. */
export function localeOf(element: Element): string {
  for (let node: Node | null = element; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    const lang = node instanceof Element ? node.getAttribute("lang") : null;
    if (lang) return lang;
  }
  return navigator.language || "en";
}

/** Calls back when a `lang` changes that may be the place's, until what it returns is called. */
export function watchLocale(element: Element, onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  for (let root = element.getRootNode(); ; root = root.host.getRootNode()) {
    observer.observe(root, { subtree: true, attributes: true, attributeFilter: ["lang"] });
    if (!(root instanceof ShadowRoot)) return () => observer.disconnect();
  }
}
