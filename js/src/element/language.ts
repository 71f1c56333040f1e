/** The words that are shown: which language, and what the page says instead. */
import { LOADERS } from "./loaders.js";
import { ELEMENT, FAR, HELPS, HINTS, SPOKEN, WARNINGS } from "../words/en.js";
import type { Words } from "../words/words.js";

/** A language as the element uses it. English has no failures and guidance here: the core brings them. */
export interface Language extends Pick<Words, "element" | "hints" | "spoken" | "helps" | "far" | "warnings">, Partial<Pick<Words, "failures" | "guidance">> {
  /** For `Intl`, and as `lang`. */
  readonly tag: string;
}

/** Some of the words of a table, or of the tables in it. */
type Some<T> = { readonly [K in keyof T]?: T[K] extends string | readonly string[] ? T[K] : Some<T[K]> };

/** Words of the page's own, by the same names as the package's; what is not there stays. A plural that has its `other` is whole. */
export interface OwnWords extends Some<Words> {
  /** The language that they are in, where it is not the one shown, as when the package has none of it. */
  readonly lang?: string;
}

export const ENGLISH: Language = { tag: "en", element: ELEMENT, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS };

/** Languages the package has words for. */
export const LANGUAGES: readonly string[] = ["en", ...Object.keys(LOADERS)];

const RIGHT_TO_LEFT = /^(Adlm|Arab|Hebr|Nkoo|Rohg|Syrc|Thaa)$/;

/** Which way the script runs that a language is written in. */
export function directionOf(tag: string): "ltr" | "rtl" {
  try {
    return RIGHT_TO_LEFT.test(new Intl.Locale(tag).maximize().script ?? "") ? "rtl" : "ltr";
  } catch {
    return "ltr";
  }
}

/** The package's language for a tag, such as `pt` for `pt-BR`; English for those it has no words for. */
export function languageFor(tag: string): string {
  const [primary = ""] = tag.toLowerCase().split(/[-_]/);
  return Object.hasOwn(LOADERS, primary) ? primary : "en";
}

/** A tag as `Intl` takes it, if it is one. */
function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(`${tag}`.replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}

/** A tag that `Intl` takes: the page's own if it is one of the language, for it knows the region. */
function intlTag(tag: string, language: string): string {
  const own = canonical(tag);
  return own?.toLowerCase().split("-")[0] === language ? own : language;
}

/** Whether a tag's words come with the element. */
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

/** Japanese and Chinese: no spaces, and another full stop. */
const isSpaceless = (tag: string): boolean => /^(ja|yue|zh)\b/i.test(tag);

/** Sentences one after the other. */
export const sentences = ({ tag }: Pick<Language, "tag">, ...parts: readonly string[]): string => parts.filter(Boolean).join(isSpaceless(tag) ? "" : " ");

/** A heading as a sentence, for who hears it. */
export const sentence = ({ tag }: Pick<Language, "tag">, heading: string): string => (/[.!?。！？؟]$/.test(heading) ? heading : `${heading}${isSpaceless(tag) ? "。" : "."}`);

type Table = Readonly<Record<string, unknown>>;

/** Tables in tables; a sentence, or a heading with its sentences, is taken as a whole. */
const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null && !Array.isArray(value);

/** A table with what another one has in its place, table by table; null and undefined take nothing away. */
function merged(words: Table, own: Table): Table {
  const all: Record<string, unknown> = { ...words };
  for (const [name, value] of Object.entries(own)) {
    const before = all[name];
    // Not with forms of another language: those that are missing are served by `other`.
    const whole = !isTable(value) || !isTable(before) || "other" in value;
    if (value !== null && value !== undefined) all[name] = whole ? value : merged(before, value);
  }
  return all;
}

/** The language with the page's own words in it. */
export function withOwn(language: Language, { lang, ...own }: OwnWords): Language {
  const tag = (lang && canonical(lang)) || language.tag;
  return { ...merged(language as unknown as Table, own), tag } as unknown as Language;
}

/** What a shadow tree belongs to. By its type: in another window's document the classes are others. */
const hostOf = (node: Node): Element | undefined => (node.nodeType === 11 ? (node as ShadowRoot).host : undefined);

/** The language of the place: the nearest `lang`, also outside of shadow trees, else the browser's. */
export function localeOf(element: Element): string {
  for (let node: Node | null = element; node; node = hostOf(node) ?? node.parentNode) {
    const lang = node.nodeType === 1 ? (node as Element).getAttribute("lang") : null;
    if (lang) return lang;
  }
  return navigator.language || "en";
}

/** Calls back when a `lang` changes that may be the place's, until what it returns is called. */
export function watchLocale(element: Element, onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  for (let host: Element | undefined = element; host; ) {
    const root = host.getRootNode();
    observer.observe(root, { subtree: true, attributes: true, attributeFilter: ["lang"] });
    host = hostOf(root);
  }
  return () => observer.disconnect();
}
