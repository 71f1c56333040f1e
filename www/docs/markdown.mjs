// How the site reads Markdown: GitHub's anchors, links between pages, and what scrolls by itself.
import { posix } from "node:path";
import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";
import anchor from "markdown-it-anchor";
import { OUTSIDE } from "./nav.mjs";

/** Files of docs/ that the site has as they are. */
export const AS_THEY_ARE = ["openapi.json", "postman_collection.json", "screenshot.png"];

/**
 * Where a link leads on the site: an address, or `null` for a file that only the repository has.
 *
 * @param {string} href as written
 * @param {string} source the page's path in the repository
 * @param {(path: string) => boolean} exists whether a path is a page's
 */
export function target(href, source, exists) {
  if (/^([a-z][a-z0-9+.-]*:|#|$)/i.test(href)) return href;
  const [path, hash = ""] = href.split(/(?=#)/);
  const file = posix.normalize(posix.join(posix.dirname(source), path));
  if (file in OUTSIDE) return exists(`docs/${OUTSIDE[file]}.md`) || exists(file) ? `${OUTSIDE[file]}.html${hash}` : null;
  const [, name] = /^docs\/([^/]+)$/.exec(file) ?? [];
  if (!name) return null;
  if (AS_THEY_ARE.includes(name)) return name;
  return name.endsWith(".md") && exists(file) ? `${name.slice(0, -".md".length)}.html${hash}` : null;
}

/**
 * A Markdown reader. `titles` has each page's by its path in the repository; `env.source` is the path of the page that is read.
 *
 * @param {ReadonlyMap<string, string>} titles
 */
export function reader(titles) {
  const exists = (path) => titles.has(path);
  const slugger = new GithubSlugger();
  const md = new MarkdownIt({ html: true, linkify: false });
  md.use(anchor, { slugify: (text) => slugger.slug(text), uniqueSlugStartIndex: 0, permalink: anchor.permalink.headerLink({ class: "anchor" }) });
  md.core.ruler.before("normalize", "anew", () => slugger.reset());

  const { rules } = md.renderer;
  const plain = (tokens, index, options, env, self) => self.renderToken(tokens, index, options);
  const linkOpen = rules.link_open ?? plain;
  const linkClose = rules.link_close ?? plain;
  // Links do not nest, so one mark is enough to find the end of one that was taken out.
  rules.link_open = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token.attrGet("class") === "anchor") return linkOpen(tokens, index, options, env, self);
    const href = target(token.attrGet("href"), env.source, exists);
    if (href === null) {
      env.dropped = true;
      return '<span class="repository" title="A file of the repository">';
    }
    // A link that is called by its file's name is called by the page's title here.
    const text = tokens[index + 1];
    const file = posix.normalize(posix.join(posix.dirname(env.source), token.attrGet("href").split("#")[0]));
    if (/^[\w/.-]+\.md$/.test(text?.content ?? "") && exists(file)) text.content = titles.get(file);
    token.attrSet("href", href);
    return linkOpen(tokens, index, options, env, self);
  };
  rules.link_close = (tokens, index, options, env, self) => {
    if (!env.dropped) return linkClose(tokens, index, options, env, self);
    env.dropped = false;
    return "</span>";
  };

  // A header without words is no header.
  rules.th_open = (tokens, index) => (tokens[index + 1].content ? '<th scope="col">' : "<td>");
  rules.th_close = (tokens, index) => (tokens[index - 1].content ? "</th>\n" : "</td>\n");

  // What is wider than the page scrolls by itself, also by keyboard.
  rules.table_open = () => '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>\n';
  rules.table_close = () => "</table></div>\n";
  rules.fence = (tokens, index) => {
    const [language = "text"] = tokens[index].info.trim().split(/\s+/).filter(Boolean);
    return `<pre class="code" tabindex="0" data-language="${md.utils.escapeHtml(language)}"><code>${md.utils.escapeHtml(tokens[index].content)}</code></pre>\n`;
  };
  return md;
}

/** The page's title: its first heading, as text. */
export function titleOf(text) {
  const [, heading = ""] = /^# (.+)$/m.exec(text) ?? [];
  return heading.replace(/`/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}

/** What the page is about: the first sentence of its first paragraph, as text; where it is written from something does not count. */
export function summaryOf(text) {
  const paragraph = text
    .replace(/<!--.*?-->/gs, "")
    .replace(/^(`{3,}).*?^\1/gms, "")
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .find((part) => part && !/^(#|\||!\[|<|- |\d+\.|Written |`cargo xtask)/.test(part));
  const plain = (paragraph ?? "").replace(/\s+/g, " ").replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
  return (/^.*?[.!?](?= |$)/.exec(plain)?.[0] ?? plain).replace(/:$/, ".");
}
