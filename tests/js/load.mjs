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
      contents: "export const { createElement, forwardRef, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } = globalThis.fakeReact;",
    }));
  },
};

/** Imports a fresh copy of `js/src/NAME.ts`. */
export async function load(name) {
  const entry = fileURLToPath(new URL(`../../js/src/${name}.ts`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    write: false,
    plugins: [hostFromTheTest, reactFromTheTest],
    define: { MODEL_FILE: '"./face.bin"', "import.meta.url": '"https://site.example/app/liveness/index.js"' },
  });
  // The comment makes it a new module every time, with its own state.
  return import(`data:text/javascript,${encodeURIComponent(`${outputFiles[0].text}\n// ${Math.random()}`)}`);
}
