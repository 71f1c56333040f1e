// The documentation's site: docs/*.md and the repository's own pages -> www/dist/docs, with llms.txt. Run by www/docs/build.mjs.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AS_THEY_ARE, reader, summaryOf, titleOf } from "./markdown.mjs";
import { GROUPS, OUTSIDE, SHORT } from "./nav.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Every page: where its text is, and what it is called. */
function pages() {
  const inside = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => [`docs/${name}`, name.slice(0, -".md".length)]);
  const names = new Set(inside.map(([, name]) => name));
  const outside = Object.entries(OUTSIDE).filter(([path, name]) => !names.has(name) && existsSync(join(root, path)));
  return [...inside, ...outside].map(([source, name]) => {
    const text = readFileSync(join(root, source), "utf8");
    return { source, name, text, title: titleOf(text), short: SHORT[name] ?? titleOf(text), summary: summaryOf(text) };
  });
}

export default function configure(eleventy) {
  const all = pages();
  const byName = new Map(all.map((page) => [page.name, page]));
  const groups = GROUPS.map(([heading, names]) => ({ heading, pages: names.filter((name) => byName.has(name)).map((name) => byName.get(name)) }));
  const md = reader(new Map(all.map(({ source, title }) => [source, title])));

  eleventy.setIncludesDirectory("includes");
  eleventy.setUseGitIgnore(false);
  eleventy.setLibrary("md", md);
  // The documents hold braces of other template languages.
  eleventy.setTemplateFormats(["njk"]);
  eleventy.addGlobalData("groups", groups);
  eleventy.addFilter("markdown", (text, source) => md.render(text, { source }));
  /** The second-level headings of a page. */
  eleventy.addFilter("sections", (html) => [...html.matchAll(/<h2 id="([^"]+)"[^>]*><a[^>]*>(.*?)<\/a><\/h2>/gs)].map(([, id, title]) => ({ id, title: title.replace(/<[^>]+>/g, "") })));

  const template = readFileSync(join(root, "www/docs/includes/page.njk"), "utf8");
  for (const page of all) eleventy.addTemplate(`${page.name}.njk`, template, { ...page, permalink: `docs/${page.name}.html` });
  for (const list of ["llms", "llms-full"]) {
    const text = readFileSync(join(root, `www/docs/includes/${list}.njk`), "utf8");
    eleventy.addTemplate(`${list}.njk`, text, { permalink: `${list}.txt` });
  }

  const copied = Object.fromEntries(all.filter(({ source }) => source.startsWith("docs/")).map(({ source, name }) => [join(root, source), `docs/${name}.md`]));
  for (const name of AS_THEY_ARE) copied[join(root, "docs", name)] = `docs/${name}`;
  for (const name of ["docs.css", "copy.js"]) copied[join(root, "www/docs", name)] = `docs/${name}`;
  eleventy.addPassthroughCopy(copied);

  return { dir: { input: ".", output: "../dist" }, htmlTemplateEngine: false, markdownTemplateEngine: false };
}
