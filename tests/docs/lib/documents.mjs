// The documents and what is in them: headings, links, blocks of code.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

const OUTSIDE_DOCS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "pkg/README.md"];

/** Every document's path in the repository. */
export const DOCUMENTS = [
  ...OUTSIDE_DOCS,
  ...readdirSync(join(ROOT, "docs"), { recursive: true }).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`).sort(),
];

/** Documents that are written from the code and compared with it elsewhere: their code is the package's own. */
export const WRITTEN_FROM_CODE = ["docs/api.md"];

const markdown = new MarkdownIt({ html: true });
const parsed = new Map();

function tokensOf(path) {
  if (!parsed.has(path)) parsed.set(path, markdown.parse(readFileSync(join(ROOT, path), "utf8"), {}));
  return parsed.get(path);
}

/** The anchors of a document, as GitHub makes them. */
export function anchors(path) {
  const slugger = new GithubSlugger();
  const tokens = tokensOf(path);
  const headings = tokens.flatMap(({ type }, index) => (type === "heading_open" ? [tokens[index + 1]] : []));
  const text = ({ children }) => children.filter(({ type }) => type === "text" || type === "code_inline").map(({ content }) => content).join("");
  return new Set(headings.map((heading) => slugger.slug(text(heading))));
}

/** Where its links and pictures lead, with the line that each is in or near. */
export function links(path) {
  return tokensOf(path).flatMap(({ children, map }) =>
    (children ?? []).flatMap((child) => {
      const href = child.attrGet?.("href") ?? child.attrGet?.("src");
      return href ? [{ href: decodeURI(href), line: (map?.[0] ?? 0) + 1 }] : [];
    }),
  );
}

/** What its text names between single backquotes. */
export function codeSpans(path) {
  return tokensOf(path).flatMap(({ children, map }) =>
    (children ?? []).filter(({ type }) => type === "code_inline").map(({ content }) => ({ text: content, line: (map?.[0] ?? 0) + 1 })),
  );
}

/** `<!-- file: PATH with NAME=value NAME=value -->` */
const MARK = /^<!--\s*file:\s*(\S+)((?:\s+with)?(?:\s+\w+=\S+)*)\s*-->\s*$/;

/**
 * Its blocks of code: `{ document, line, language, info, text, file, values }`, `file` where a comment before the block says
 * that it is (a part of) that file, with `values` in the place of `__NAME__`.
 */
export function blocks(path) {
  const tokens = tokensOf(path);
  return tokens.flatMap((token, index) => {
    if (token.type === "code_block") return [{ document: path, line: token.map[0] + 1, language: "", info: "", text: token.content, file: null, values: {} }];
    if (token.type !== "fence") return [];
    const info = token.info.trim();
    const before = tokens[index - 1];
    const [, file = null, rest = ""] = (before?.type === "html_block" && MARK.exec(before.content.trim())) || [];
    const values = Object.fromEntries([...rest.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
    return [{ document: path, line: token.map[0] + 1, language: info.split(/\s+/)[0], info, text: token.content, file, values }];
  });
}
