// How the classic script learns its own address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const AT = "https://live.example/liveness-capture/embed.js";

class Script {
  constructor(src) {
    this.src = src;
  }
}

/** The address of a file beside the script, on a page with this `document`. */
async function besideOn(document) {
  Object.assign(globalThis, { document, HTMLScriptElement: Script });
  try {
    const { beside } = await load("adapters/embed/script");
    return beside("worker.js")?.href ?? null;
  } finally {
    delete globalThis.document;
    delete globalThis.HTMLScriptElement;
  }
}

test("the script that runs is asked for its address, whatever it is called", async () => {
  assert.equal(await besideOn({ currentScript: new Script("https://cdn.example/v2/check.min.js?a=1") }), "https://cdn.example/v2/worker.js");
  assert.equal(await besideOn({ currentScript: new Script("") }), null, "it was pasted");
});

test("where none runs, as in a module, it is found by its name; elements with names that hide the document's own change nothing", async () => {
  const hidden = { currentScript: { name: "currentScript" }, baseURI: { name: "baseURI" } };
  for (const src of [AT, `${AT}?v=3`, `${AT}#x`]) {
    const scripts = [new Script("https://other.example/embed.json"), new Script(":"), new Script(src)];
    assert.equal(await besideOn({ ...hidden, querySelectorAll: () => scripts }), "https://live.example/liveness-capture/worker.js", src);
  }
  assert.equal(await besideOn({ ...hidden, querySelectorAll: () => [new Script("https://other.example/embed.jsx")] }), null);
});
