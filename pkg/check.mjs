// Run by `npm pack` and `npm publish` in a package's folder: what is not exactly what contents.txt lists cannot be
// packed. `<hash>` stands for 8 hexadecimal digits.
import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** The fewest bytes of a file whose name matches: a build may have been cut short. */
const LEAST = [
  [/\.(wasm|bin)$/, 100_000],
  [/inline\.js$/, 500_000],
  [/^LICENSE/, 500],
  [/./, 10],
];
/** Everything in these folders is packed. */
const WHOLE = /^(dist|element|frame|inline|jspsych|qualtrics|react|server)\//;

const listed = (await readFile("contents.txt", "utf8")).split("\n").filter(Boolean);
const entries = await readdir(".", { recursive: true, withFileTypes: true });
const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, path, name }) => join(parentPath ?? path, name).replaceAll("\\", "/"));
const inList = (path) => path.replace(/-[0-9a-f]{8}\.bin$/, "-<hash>.bin");

const faults = listed.filter((name) => !paths.some((path) => inList(path) === name)).map((name) => `${name} is missing`);
faults.push(...paths.filter((path) => WHOLE.test(path) && !listed.includes(inList(path))).map((path) => `${path} is not listed in contents.txt`));
for (const name of listed) {
  const found = paths.filter((path) => inList(path) === name);
  if (found.length > 1) faults.push(`${name} is there ${found.length} times`);
  for (const path of found) {
    const { size } = await stat(path);
    const [, least] = LEAST.find(([pattern]) => pattern.test(path));
    if (size < least) faults.push(`${path} has only ${size} bytes`);
  }
}
if (faults.length > 0) {
  console.error(`The package is not complete: delete dist and run \`cargo xtask package\`.\n  ${faults.join("\n  ")}`);
  process.exit(1);
}
