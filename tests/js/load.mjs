// The package's TypeScript modules on their own, in Node.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The page's module as `globalThis.fakeHost` has it. */
const hostFromTheTest = {
  name: "host-from-the-test",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/host\.js$/ }, ({ path }) => ({ path, namespace: "fake" }));
    onLoad({ filter: /.*/, namespace: "fake" }, () => ({
      contents: "export default () => undefined; export class Check { constructor(...all) { return globalThis.fakeHost(...all); } }",
    }));
  },
};

/** Imports `js/src/NAME.ts` anew. */
export async function load(name) {
  const entry = fileURLToPath(new URL(`../../js/src/${name}.ts`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    write: false,
    plugins: [hostFromTheTest],
    define: { MODEL_FILE: '"face.bin"', "import.meta.url": '"https://site.example/app/liveness/index.js"' },
  });
  // The comment makes it another module every time: it has state of its own.
  return import(`data:text/javascript,${encodeURIComponent(`${outputFiles[0].text}\n// ${Math.random()}`)}`);
}
