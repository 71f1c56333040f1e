// Where a page's addresses lead: never where its <base> says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";
import { page, video } from "./lib_page.mjs";

const ELSEWHERE = "https://elsewhere.example/x/";

/** The options as the page's module gets them. */
async function plainOf(options) {
  const { prepare } = await load("core/options");
  return prepare({ video: video(), ...options }).plain;
}

test("URLs are resolved against the page itself, wherever a <base> points", async () => {
  page({ baseURI: ELSEWHERE });
  assert.equal((await plainOf({})).endpoint, "https://site.example/");
  assert.equal((await plainOf({ endpoint: "gateway" })).endpoint, "https://site.example/app/gateway");
  assert.equal((await plainOf({ endpoint: new URL("https://other.example/gw") })).endpoint, "https://other.example/gw");
  assert.equal((await plainOf({ source: "clip.mp4" })).source, "https://site.example/app/clip.mp4");
});

test("in a page without an address of its own, a <base> leads to no other origin either", async () => {
  const site = "https://site.example";
  for (const [href, baseURI, relative] of [
    // As the browser has it, from the page around it.
    ["about:srcdoc", `${site}/app/`, `${site}/app/`],
    ["about:srcdoc", ELSEWHERE, `${site}/`],
    ["about:blank", "https://site.example.elsewhere.example/", `${site}/`],
    [`blob:${site}/1-2-3`, `blob:${site}/1-2-3`, `${site}/`],
    [`blob:${site}/1-2-3`, ELSEWHERE, `${site}/`],
  ]) {
    page({ href, baseURI, origin: site });
    assert.equal((await plainOf({})).endpoint, `${site}/`, `${href} ${baseURI}`);
    assert.equal((await plainOf({ endpoint: "gateway" })).endpoint, `${relative}gateway`, `${href} ${baseURI}`);
  }
});

test("where a page has neither address nor origin, the endpoint is what is wrong with its options", async () => {
  for (const href of ["blob:null/1-2-3", "file:///app/index.html"]) {
    page({ href, origin: "null" });
    const { LivenessCheck } = await load("core/index");
    const error = await new LivenessCheck({ video: video() }).start().then(() => assert.fail("resolved"), (error) => error);
    assert.deepEqual([error.code, error.detail.split(" ")[0]], ["invalid_options", "endpoint"], href);
  }
});
