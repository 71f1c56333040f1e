// Every fragment of JavaScript, TypeScript and HTML that is not quoted from a tested file fits the package's own types.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { load } from "../js/load.mjs";
import { compile, isBuilt } from "./lib/compile.mjs";
import { DOCUMENTS, ROOT, WRITTEN_FROM_CODE, blocks } from "./lib/documents.mjs";
import { GLOBAL, readHtml } from "./lib/html.mjs";

const SCRIPTS = ["js", "jsx", "ts", "tsx"];
const { ATTRIBUTES } = await load("element/attributes");

/** Elements with an id are variables of the page, unless its script makes one of that name. */
function variables(ids, text) {
  const own = ids.filter(([id]) => /^[A-Za-z_]\w*$/.test(id) && !new RegExp(`\\b(const|let|var|function) ${id}\\b`).test(text));
  return own.map(([id, tag]) => `/** @type {HTMLElementTagNameMap["${tag}"]} */ var ${id} = /** @type {any} */ (null); `).join("");
}

function fromHtml(block, name) {
  const { faults, all, scripts, ids } = readHtml(block.text);
  for (const { tagName, attrs } of all.filter(({ tagName }) => tagName === "liveness-check")) {
    const strange = attrs.filter((attr) => !(attr.name in ATTRIBUTES) && !GLOBAL.test(attr.name));
    faults.push(...strange.map((attr) => `<${tagName}> has no attribute ${attr.name}`));
  }
  const sources = scripts.filter(({ text }) => text.trim()).map(({ text }, index) => ({ name: `${name}-${index}.js`, text: variables(ids, text) + text }));
  return { faults, sources };
}

/** No other test looks into it. */
const isPageOfRecipes = (file) => /^docs\/recipes\/.*\.html$/.test(file);

const all = DOCUMENTS.filter((path) => !WRITTEN_FROM_CODE.includes(path)).flatMap(blocks).filter(({ file, info, language }) => (!file || isPageOfRecipes(file)) && !/\//.test(info) && [...SCRIPTS, "html"].includes(language));
assert.ok(isBuilt(), "pkg/dist has no declarations: cargo xtask build");

const read = all.map((block) => {
  const name = `${block.document.replace(/\W/g, "_")}-${block.line}`;
  const part = block.language === "html" ? fromHtml(block, name) : { faults: [], sources: [{ name: `${name}.${block.language}`, text: block.text }] };
  return { block, ...part };
});
/** What must be refused, and what must not: together with the rest, since starting the compiler is what takes time. */
const TRIALS = [
  { name: "a.js", text: 'import { LivenessCheck } from "liveness-capture";\nnew LivenessCheck({ video, no_such: 1 });' },
  { name: "b.js", text: 'import { noSuch } from "liveness-capture";' },
  { name: "c.ts", text: 'import { openSession } from "liveness-capture/server";\nconst { nothing } = await openSession(gateway);\nvoid nothing;' },
  { name: "d.js", text: 'check.addEventListener("liveness-error", ({ detail }) => detail.nothing);' },
  { name: "e.js", text: "const = 1;" },
  { name: "f.js", text: 'import "liveness-capture/no-such-entry";' },
  { name: "good.js", text: 'import { LivenessCheck } from "/liveness-capture/index.js";\nawait new LivenessCheck({ video: document.querySelector("#preview") }).start();' },
];
/** What `docs/api.md` declares and mentions nowhere else, imported from the entry that it is said to be of. */
function roots() {
  const text = readFileSync(join(ROOT, "docs/api.md"), "utf8").replace(/\/\*\*.*?\*\//gs, "");
  return text.split("\n## ").flatMap((section) => {
    const [entry = "liveness-capture"] = /liveness-capture[\w/]*/.exec(section.split("\n")[0]) ?? [];
    const names = [...section.matchAll(/^export (?:declare )?(?:type|interface|class|function|const) (\w+)/gm)].map(([, name]) => name);
    const alone = names.filter((name) => text.match(new RegExp(`\\b${name}\\b`, "g")).length === 1);
    return alone.map((name) => ({ name: `interface-${name}.ts`, text: `import type { ${name} } from "${entry}";` }));
  });
}
const INTERFACE = roots();
const compiled = compile([...read.flatMap(({ sources }) => sources), ...TRIALS, ...INTERFACE]);

describe("fragments fit the package", () => {
  for (const document of new Set(all.map(({ document }) => document))) {
    test(document, () => {
      const faults = read
        .filter(({ block }) => block.document === document)
        .flatMap(({ block, faults, sources }) => [...faults, ...sources.flatMap(({ name }) => compiled.get(name))].map((why) => `${document}:${block.line} (${block.language}): ${why}`));
      assert.deepEqual(faults, []);
    });
  }
});

test("docs/api.md declares what can be imported, and what that is made of", () => {
  assert.ok(INTERFACE.length > 10);
  for (const { name } of INTERFACE) assert.deepEqual(compiled.get(name), [], name);
});

test("what does not fit is found", () => {
  for (const { name } of TRIALS) assert.equal(compiled.get(name).length > 0, name !== "good.js", `${name}: ${compiled.get(name)}`);
  const { faults } = fromHtml({ text: '<p id="a"></p><liveness-check endpont="x" name="y" aria-label="z"></liveness-check>' }, "x");
  assert.deepEqual(faults, ["<liveness-check> has no attribute endpont"]);
  assert.deepEqual(fromHtml({ text: "<div><p>a</p>" }, "x").faults, ["line 1: <div> is not closed"]);
});
