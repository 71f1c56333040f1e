// The built site (www/dist): every link and anchor leads somewhere, nothing is inline or from elsewhere, every document has its page.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { before, describe, test } from "node:test";
import { parse } from "parse5";
import { STATIC_DIR } from "../e2e/lib/paths.mjs";
import { GROUPS, OUTSIDE } from "../../www/docs/nav.mjs";
import { DOCUMENTS, ROOT } from "./lib/documents.mjs";

const SITE = join(STATIC_DIR, "docs");

function* elements(node) {
  if (node.tagName) yield node;
  for (const child of node.childNodes ?? []) yield* elements(child);
}
const value = ({ attrs }, name) => attrs.find((attr) => attr.name === name)?.value;
const text = (node) => node.value ?? (node.childNodes ?? []).map(text).join("");

describe("the documentation's site", () => {
  const pages = new Map();
  before(() => {
    assert.ok(existsSync(SITE), `${SITE} is missing: cargo xtask build`);
    for (const name of readdirSync(SITE).filter((file) => file.endsWith(".html"))) {
      const all = [...elements(parse(readFileSync(join(SITE, name), "utf8")))];
      pages.set(name, { all, ids: all.map((element) => value(element, "id")).filter(Boolean) });
    }
  });

  test("every document has a page, and every page a place in the menu", () => {
    const expected = [...DOCUMENTS.filter((path) => /^docs\/[^/]+\.md$/.test(path)).map((path) => path.slice("docs/".length, -".md".length)), ...Object.values(OUTSIDE)];
    assert.deepEqual([...pages.keys()].sort(), [...new Set(expected)].map((name) => `${name}.html`).sort());
    assert.deepEqual(GROUPS.flatMap(([, names]) => names).sort(), [...new Set(expected)].sort());
    for (const [name, { all }] of pages) {
      const nav = all.find(({ tagName }) => tagName === "nav");
      const current = [...elements(nav)].filter((element) => value(element, "aria-current") === "page");
      assert.deepEqual(current.map((element) => value(element, "href")), [name]);
    }
  });

  test("every link and anchor leads somewhere", () => {
    const faults = [];
    for (const [name, { all }] of pages) {
      for (const element of all) {
        const href = value(element, "href") ?? value(element, "src");
        if (href === undefined || /^https:\/\//.test(href)) continue;
        const [path, anchor] = href.split("#");
        const file = path === "" ? `docs/${name}` : posix.join("docs", path.endsWith("/") ? `${path}index.html` : path);
        if (!existsSync(join(STATIC_DIR, file))) faults.push(`${name}: ${href}: no such file`);
        else if (anchor !== undefined && !pages.get(posix.basename(file))?.ids.includes(decodeURIComponent(anchor))) faults.push(`${name}: ${href}: no such anchor`);
      }
    }
    assert.deepEqual(faults, []);
  });

  test("nothing is inline, and nothing is fetched from elsewhere", () => {
    for (const [name, { all }] of pages) {
      for (const element of all) {
        const { tagName, attrs } = element;
        assert.ok(!attrs.some((attr) => attr.name === "style" || attr.name.startsWith("on")), `${name}: <${tagName}> has a style or a handler`);
        assert.notEqual(tagName, "style", name);
        if (tagName === "script") assert.ok(value(element, "src") && text(element) === "", `${name}: a script without src`);
        if (tagName !== "a") for (const at of ["src", "href", "srcset"]) assert.ok(!/^(https?:)?\/\//.test(value(element, at) ?? ""), `${name}: <${tagName}> loads ${value(element, at)}`);
      }
    }
  });

  test("every page has a language, one first heading, a title of its own and unique ids", () => {
    const titles = new Set();
    for (const [name, { all, ids }] of pages) {
      assert.equal(value(all.find(({ tagName }) => tagName === "html"), "lang"), "en");
      assert.equal(all.filter(({ tagName }) => tagName === "h1").length, 1, name);
      assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), [], name);
      titles.add(text(all.find(({ tagName }) => tagName === "title")));
      for (const image of all.filter(({ tagName }) => tagName === "img")) assert.ok(value(image, "alt"), `${name}: a picture without words`);
    }
    assert.equal(titles.size, pages.size);
  });

  test("llms.txt names the pages that there are, and llms-full.txt has them whole", () => {
    const list = readFileSync(join(STATIC_DIR, "llms.txt"), "utf8");
    const links = [...list.matchAll(/\]\(([^)]+)\)/g)].map(([, href]) => href);
    for (const href of links) assert.ok(existsSync(join(STATIC_DIR, href)), href);
    const documents = DOCUMENTS.filter((path) => /^docs\/[^/]+\.md$/.test(path));
    const full = readFileSync(join(STATIC_DIR, "llms-full.txt"), "utf8");
    for (const path of documents) {
      assert.ok(links.includes(path), `llms.txt lacks ${path}`);
      const document = readFileSync(join(ROOT, path), "utf8");
      assert.equal(readFileSync(join(STATIC_DIR, path), "utf8"), document, `${path} on the site`);
      assert.ok(full.includes(document.trim()), `llms-full.txt lacks ${path}`);
    }
    for (const line of list.split("\n").filter((line) => line.startsWith("- "))) assert.match(line, /^- \[.+\]\(.+\): .+[.!?]$/);
  });
});
