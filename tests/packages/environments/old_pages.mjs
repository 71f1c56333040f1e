// Pages from another time: a global `define` and `require`, and built-ins that Prototype.js has replaced.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { moduleTag, page } from "../lib/pages.mjs";
import { TEMPLATES } from "../lib/paths.mjs";
import { tool } from "../lib/tools.mjs";
import { bundle } from "./plain_bundlers.mjs";
import { expectVerdict, plain } from "./pages.mjs";

const script = async (path) => ({ type: "text/javascript", html: await readFile(path, "utf8") });

/** Scripts of such a page; they come before everything else. */
export async function oldScripts() {
  return {
    "/prototype.js": await script(join(TEMPLATES, "old", "prototype_like.js")),
    "/require.js": await script(await tool("requirejs", "require.js")),
  };
}
export const oldHead = `<script src="/prototype.js"></script><script src="/require.js"></script>`;

export const oldPages = [
  {
    name: "old-style page (AMD, Prototype.js), module script",
    prepare: async () => ({ ...(await plain()), scripts: await oldScripts() }),
    run: (world, { root, entry, scripts }) => expectVerdict(world, { root, pages: { ...scripts, "/": page(moduleTag(entry), { head: oldHead }) } }),
  },
  {
    name: "old-style page (AMD, Prototype.js), inline build",
    prepare: async () => ({ ...(await plain()), scripts: await oldScripts() }),
    run: (world, { root, inline, scripts }) => expectVerdict(world, { root, pages: { ...scripts, "/": page(moduleTag(inline), { head: oldHead }) } }),
  },
  ...["esbuild", "Rollup"].map((bundler) => ({
    name: `old-style page (AMD, Prototype.js), ${bundler}'s classic script`,
    prepare: async () => ({
      root: await bundle(bundler, "iife", "base", { options: `{ assetBase: "./liveness/" }`, copied: "liveness" }),
      scripts: await oldScripts(),
    }),
    run: (world, { root, scripts }) => expectVerdict(world, { root, pages: { ...scripts, "/": page(`<script src="/main.js"></script>`, { head: oldHead }) } }),
  })),
];
