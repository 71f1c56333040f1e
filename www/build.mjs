// Builds the demo page, the gallery and the page for frames: src/{main,gallery,embed}.ts -> dist/*.js, the pages' own files, and a copy of the package beside them.
// `--page-only` leaves the package's copy alone (for work on the page against another copy of it).
import { cp, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const packageDist = join(here, "..", "pkg", "dist");
const packageCopy = join(dist, "liveness-capture");
const pageOnly = process.argv.includes("--page-only");

/** The page loads the package as an integrator's page would: unbundled, from its own folder. */
const packageFromItsFolder = {
  name: "package-from-its-folder",
  setup({ onResolve }) {
    onResolve({ filter: /^liveness-capture\/element$/ }, () => ({ path: "./liveness-capture/element.js", external: true }));
  },
};

await mkdir(dist, { recursive: true });
await build({
  entryPoints: ["main", "gallery", "embed"].map((name) => join(here, "src", `${name}.ts`)),
  outdir: dist,
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
  plugins: [packageFromItsFolder],
});
// It runs before everything else.
await build({ entryPoints: { "embed-early": join(here, "src", "embed_early.ts") }, outdir: dist, bundle: true, format: "iife", target: "es2022", charset: "ascii", logLevel: "warning" });
for (const file of ["index.html", "embed.html", "embed.css", "style.css", "gallery.html", "gallery.css", "icon.svg"]) await cp(join(here, file), join(dist, file));

if (!pageOnly) {
  const built = await stat(join(packageDist, "element.js")).catch(() => null);
  if (!built) {
    console.error(`${packageDist} has no element.js: build the package first, or pass --page-only.`);
    process.exit(1);
  }
  await rm(packageCopy, { recursive: true, force: true });
  await cp(packageDist, packageCopy, { recursive: true });
}
