// Copies the declarations that the package's entries reach from js/dist, where tsc has written all, to pkg/dist.
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const from = join(here, "dist", "src");
const to = join(here, "..", "pkg", "dist");
/** The entries' declarations: those beside the script of the same name, and what stands in for the others. */
const ENTRIES = ["core/index.d.ts", "element/index.d.ts", "server.d.ts", "adapters/react/index.d.ts", "adapters/frame/index.d.ts", "adapters/qualtrics/index.d.ts", "adapters/jspsych/index.d.ts"];
const STAND_INS = { "index.d.ts": "./core/index.js", "inline.d.ts": "./core/index.js", "element.d.ts": "./element/index.js", "react.d.ts": "./adapters/react/index.js", "frame.d.ts": "./adapters/frame/index.js", "qualtrics.d.ts": "./adapters/qualtrics/index.js", "jspsych.d.ts": "./adapters/jspsych/index.js" };

/** The files that a declaration imports, beside it. */
const imports = (text) => [...text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)].map(([, path]) => `${path}.d.ts`);

const reached = new Set();
const queue = [...ENTRIES];
for (let name = queue.pop(); name; name = queue.pop()) {
  if (reached.has(name)) continue;
  reached.add(name);
  const text = await readFile(join(from, name), "utf8");
  queue.push(...imports(text).map((path) => normalize(join(dirname(name), path))));
}

for (const old of await readdir(to, { recursive: true, withFileTypes: true })) {
  if (old.isFile() && old.name.endsWith(".d.ts")) await rm(join(old.parentPath, old.name));
}
for (const name of reached) {
  await mkdir(dirname(join(to, name)), { recursive: true });
  await cp(join(from, name), join(to, name));
}
for (const [name, all] of Object.entries(STAND_INS)) {
  const from = JSON.stringify(all);
  // `export *` leaves a default export out.
  const hasDefault = /^export default /m.test(await readFile(join(to, all.replace(/\.js$/, ".d.ts")), "utf8"));
  await writeFile(join(to, name), `export * from ${from};\n${hasDefault ? `export { default } from ${from};\n` : ""}`);
}
console.log(`declarations: ${[...reached].sort().map((name) => relative(".", name)).join(", ")}`);
