// liveness-capture/react in React 18 and 19, in StrictMode, and on a server.
import assert from "node:assert/strict";
import { join } from "node:path";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertVerdict } from "../lib/visit.mjs";
import { pressStart } from "./frameworks.mjs";
import { tryEverything } from "./react_lab.mjs";

/** What the server has to write, in either version. */
function assertRendered(html) {
  assert.match(html, /<liveness-check [^>]*class="check"/, html);
  assert.match(html, /<liveness-check [^>]*required=/, html);
  assert.match(html, /<liveness-check [^>]*endpoint="https:\/\/liveness\.example"[^>]*/, html);
  assert.match(html, /<liveness-check [^>]*transport="crops"/, html);
  assert.match(html, /<p>idle idle false true <\/p>/, html);
  assert.match(html, /<button type="button">Verify<\/button>/, html);
  // It would start before React is there; and a strict policy refuses attributes of style.
  assert.doesNotMatch(html, /auto-start|style=/, html);
  // React 18 writes a `false` as a text, by which they would be set.
  assert.doesNotMatch(html, /(hidden|inert)=/, html);
  assert.doesNotMatch(html, /Warning:|Error/, html);
}

async function prepare(version, set) {
  const folder = await project(`react${version}`, { template: "react", set });
  await run("node", [await tool("typescript", "bin/tsc"), "--project", "tsconfig.json"], { cwd: folder });
  assertRendered(await run("node", ["ssr.mjs"], { cwd: folder }));
  // React's development build, for it alone mounts everything twice in StrictMode.
  await run("node", [await tool("vite8", "bin/vite.js"), "build", "--mode", "development"], { cwd: folder, env: { NODE_ENV: "development" } });
  return join(folder, "dist");
}

const environment = (version, set) => ({
  name: `React ${version}, StrictMode, Vite 8, build, and on a server`,
  prepare: () => prepare(version, set),
  run: (world, root) =>
    world.static({ root }, async ({ url }) => {
      assertVerdict(await world.check(url, { open: pressStart }));
      await tryEverything(world, `${url}lab.html`, { thoroughly: version === "19" });
    }),
});

export const react = [environment("18", "react18"), environment("19", "")];
