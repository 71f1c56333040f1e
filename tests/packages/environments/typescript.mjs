// TypeScript projects by every way in which modules are resolved; type check only.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";

const STRICT = { strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true, target: "es2022" };
const PAGE = { ...STRICT, lib: ["es2022", "dom", "dom.iterable"], types: [] };
/** With what the declarations of React and jsPsych need themselves. */
const ADAPTERS = { ...PAGE, lib: ["esnext", "dom", "dom.iterable"] };
/** A back end has no DOM, but Node's own types. */
const SERVER = { ...STRICT, lib: ["es2022"], types: ["node"] };

const OLD = { module: "esnext", moduleResolution: "node10" };
/** [TypeScript's major version, name of the resolution, its options] */
const RESOLUTIONS = [
  ["5", "node10", OLD],
  ["6", "node10", { ...OLD, ignoreDeprecations: "6.0" }],
  ...["5", "6", "7"].flatMap((version) => [
    [version, "bundler", { module: "esnext", moduleResolution: "bundler" }],
    [version, "node16", { module: "node16", moduleResolution: "node16" }],
    [version, "nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
  ]),
];

const compiler = (version) => tool(version === "6" ? "typescript" : `typescript${version}`, "bin/tsc");

export const typescript = RESOLUTIONS.map(([version, name, options]) => ({
  name: `TypeScript ${version}, moduleResolution ${name}`,
  async prepare() {
    const folder = await project(`typescript${version}-${name}`, { template: "typescript" });
    const projects = {
      page: { compilerOptions: { ...PAGE, ...options }, files: ["index.ts", "inline.ts", "element.ts", "frame.ts", "qualtrics.ts"] },
      adapters: { compilerOptions: { ...ADAPTERS, ...options }, files: ["react.ts", "jspsych.ts"] },
      server: { compilerOptions: { ...SERVER, ...options }, files: ["server.ts"] },
    };
    for (const [kind, config] of Object.entries(projects)) {
      const path = join(folder, `tsconfig.${kind}.json`);
      await writeFile(path, JSON.stringify(config, null, 2));
      await run("node", [await compiler(version), "--project", path], { cwd: folder });
    }
  },
  run: async () => undefined,
}));
