// The package's TypeScript modules on their own, in Node.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Imports `js/src/NAME.ts` anew. */
export async function load(name) {
  const entry = fileURLToPath(new URL(`../../js/src/${name}.ts`, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  // The comment makes it another module every time: it has state of its own.
  return import(`data:text/javascript,${encodeURIComponent(`${outputFiles[0].text}\n// ${Math.random()}`)}`);
}
