// Loads single TypeScript modules of the package in Node.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Stands in for the page's module, by way of `globalThis.fakeHost`. */
const hostFromTheTest = {
  name: "host-from-the-test",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/host\.js$/ }, ({ path }) => ({ path, namespace: "fake" }));
    onLoad({ filter: /.*/, namespace: "fake" }, () => ({
      contents: "export default () => undefined; export class Check { constructor(...all) { return globalThis.fakeHost(...all); } }",
    }));
  },
};

/** Stands in for React, by way of `globalThis.fakeReact`. */
const reactFromTheTest = {
  name: "react-from-the-test",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react$/ }, ({ path }) => ({ path, namespace: "react" }));
    onLoad({ filter: /.*/, namespace: "react" }, () => ({
      contents: "export const { createContext, createElement, forwardRef, useCallback, useContext, useEffect, useId, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } = globalThis.fakeReact;",
    }));
  },
};

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Imports a fresh copy of `js/src/NAME.ts`. */
export const load = (name) => loadFile(`js/src/${name}.ts`);

/** Imports a fresh copy of a file of the repository, which may be a page's that uses React and the package's hooks. */
export async function loadFile(path) {
  const { outputFiles } = await build({
    entryPoints: [inRepository(path)],
    bundle: true,
    format: "esm",
    write: false,
    plugins: [hostFromTheTest, reactFromTheTest],
    alias: { "liveness-capture/react": inRepository("js/src/adapters/react/index.ts"), "liveness-capture/element": inRepository("js/src/element/index.ts") },
    // Whatever the page's own settings are.
    tsconfigRaw: "{}",
    jsxFactory: "fakeReact.createElement",
    jsxFragment: "fakeReact.Fragment",
    define: { MODEL_FILE: '"./face.bin"', "import.meta.url": '"https://site.example/app/liveness/index.js"' },
  });
  // The comment makes it a new module every time, with its own state.
  return import(`data:text/javascript,${encodeURIComponent(`${outputFiles[0].text}\n// ${Math.random()}`)}`);
}
