// Builds the demo page and the gallery: src/{main,gallery}.ts -> dist/{main,gallery}.js, the pages' own files, and a copy of the package beside them.
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
  entryPoints: ["main", "gallery"].map((name) => join(here, "src", `${name}.ts`)),
  outdir: dist,
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
  plugins: [packageFromItsFolder],
});
for (const file of ["index.html", "style.css", "gallery.html", "gallery.css", "icon.svg"]) await cp(join(here, file), join(dist, file));

if (!pageOnly) {
  const built = await stat(join(packageDist, "element.js")).catch(() => null);
  if (!built) {
    console.error(`${packageDist} has no element.js: build the package first, or pass --page-only.`);
    process.exit(1);
  }
  await rm(packageCopy, { recursive: true, force: true });
  await cp(packageDist, packageCopy, { recursive: true });
}
