// Builds the demo page: src/main.ts -> dist/main.js, the page's own files, and a copy of the package beside them.
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
    onResolve({ filter: /^liveness-capture$/ }, () => ({ path: "./liveness-capture/index.js", external: true }));
  },
};

await mkdir(dist, { recursive: true });
await build({
  entryPoints: [join(here, "src", "main.ts")],
  outfile: join(dist, "main.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
  plugins: [packageFromItsFolder],
});
for (const file of ["index.html", "style.css", "icon.svg"]) await cp(join(here, file), join(dist, file));

if (!pageOnly) {
  const built = await stat(join(packageDist, "index.js")).catch(() => null);
  if (!built) {
    console.error(`${packageDist} has no index.js: build the package first, or pass --page-only.`);
    process.exit(1);
  }
  await rm(packageCopy, { recursive: true, force: true });
  await cp(packageDist, packageCopy, { recursive: true });
}
