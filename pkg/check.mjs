// Run by `npm pack` and `npm publish`: a package that is not complete cannot be packed.
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
/** What must be there, and how many bytes at least. */
const CONTENTS = [
  [/^dist\/(index|worker|server)\.js$/, 3, 1_000],
  [/^dist\/inline\.js$/, 1, 500_000],
  [/^dist\/cli\.mjs$/, 1, 500],
  [/^dist\/(host|vision|vision_compat)_bg\.wasm$/, 3, 100_000],
  [/^dist\/blazeface_short_range-[0-9a-f]{8}\.bin$/, 1, 100_000],
  [/^dist\/(index|inline|server)\.d\.ts$/, 3, 10],
  [/^LICENSE-(MIT|APACHE|MODEL)$/, 3, 500],
  [/^CHANGELOG\.md$/, 1, 100],
];

const names = (await readdir(here, { recursive: true })).map((name) => name.replaceAll("\\", "/"));
const faults = [];
for (const [pattern, count, bytes] of CONTENTS) {
  const found = names.filter((name) => pattern.test(name));
  if (found.length !== count) faults.push(`${pattern}: ${found.length} of ${count} files${found.length ? ` (${found})` : ""}`);
  for (const name of found) {
    const { size } = await stat(join(here, name));
    if (size < bytes) faults.push(`${name}: only ${size} bytes`);
  }
}
const known = [...CONTENTS.map(([pattern]) => pattern), /\.d\.ts$/];
for (const name of names.filter((name) => /^dist\/.*\.\w+$/.test(name))) {
  if (!known.some((pattern) => pattern.test(name))) faults.push(`${name}: left by an earlier build`);
}
if (faults.length > 0) {
  console.error(`The package is not complete: delete pkg/dist and run \`cargo xtask package\`.\n  ${faults.join("\n  ")}`);
  process.exit(1);
}
