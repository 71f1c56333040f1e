// Writes docs/api.md, the package's declarations, from those in pkg/dist. `--check` only compares.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const document = join(root, "docs", "api.md");
const HEAD = `# The package's interface

Everything that the package exports, with its types.

Written from the types by \`node js/api.mjs\` after \`cargo xtask build\`; do not edit. What each code means:
[errors.md](errors.md).
`;
/** Whose names can be imported. */
const ENTRIES = ["core/index", "element/index", "adapters/react/index", "adapters/frame/index", "adapters/qualtrics/index", "adapters/jspsych/index", "server"];
/** Title, files, and which of their generated types are here; without it all. */
const PARTS = [
  ["`liveness-capture`, and the same of `liveness-capture/inline`", ["core/index", "core/cameras", "core/types", "core/errors", "core/trace"]],
  ["`liveness-capture/element`", ["element/index", "element/element", "core/given_session", "element/reflected", "element/events", "element/shown", "element/language", "words/words"]],
  [
    "`liveness-capture/react`",
    ["index", "liveness_check", "liveness_view", "liveness_modal", "provider", "options", "states", "use_liveness", "use_camera", "models", "use_models", "use_smart_frame_capture", "use_detection_pipeline", "capture"].map((name) => `adapters/react/${name}`),
  ],
  ["`liveness-capture/frame`", ["adapters/frame/index", "adapters/frame/messages"]],
  ["`liveness-capture/qualtrics`", ["adapters/qualtrics/index", "adapters/qualtrics/types"]],
  ["`liveness-capture/jspsych`", ["adapters/jspsych/index", "adapters/jspsych/data"]],
  ["What a check reports", ["generated/api", "generated/wire"], /^export type (?!Session)/],
  ["Options", ["generated/options"]],
  ["Codes", ["generated/codes"]],
  ["`liveness-capture/server`", ["server/options", "server", "generated/api"], /^export type Session/],
];
/** A table for frameworks, not for people; the options have a part of their own. */
const TABLE = "CHECK_OPTIONS";

const read = (file) => readFile(join(root, "pkg", "dist", `${file}.d.ts`), "utf8");
const nameOf = (part) => /^export (?:declare |default )*(?:type|interface|class|function|const) (\w+)/m.exec(part)?.[1];
/** A declaration without its comments. */
const code = (part) => part.replace(/\/\*\*.*?\*\//gs, "");

/** The declarations of a file with their comments, without imports, re-exports and what is private. */
function declarations(text) {
  const plain = text.replace(/^(import|export \{|export type \{|\/\/\/|\/\/ Generated).*$/gm, "").replace(/^ +#private;\n/gm, "");
  const parts = plain.split(/\n(?=\/\*\*|export |declare )/).map((part) => part.trim()).filter(Boolean);
  // A comment and what it is about belong together.
  const whole = [];
  for (const part of parts) {
    if (whole.length > 0 && whole.at(-1).startsWith("/**") && !/^(export|declare) /m.test(whole.at(-1))) whole.push(`${whole.pop()}\n${part}`);
    else whole.push(part);
  }
  return whole.filter((part) => part.includes("export "));
}

/** What an entry passes on: each name, and another one that it has here. */
const passedOn = (text) =>
  [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, list]) => [...list.matchAll(/(?:type )?(\w+)(?: as (\w+))?/g)])
    .map(([, name, other]) => [name, other]);

/** What the package exports, by the names of the declarations. */
async function exported() {
  const entries = await Promise.all(ENTRIES.map(read));
  return [...entries.flatMap(passedOn).map(([name]) => name), ...entries.flatMap(declarations).map(nameOf)].filter((name) => name && name !== TABLE);
}

/** Of all declarations those of what is exported, and of what these are made of. */
function published(all, names) {
  const reached = new Set();
  for (const queue = [...names]; queue.length > 0; ) {
    const name = queue.pop();
    if (reached.has(name)) continue;
    reached.add(name);
    for (const part of all.filter((part) => nameOf(part) === name)) queue.push(...code(part).match(/\w+/g));
  }
  return reached;
}

const files = new Map(await Promise.all(PARTS.flatMap(([, names]) => names).map(async (name) => [name, declarations(await read(name))])));
const declared = [...files.values()].flat();
const exports = await exported();
const missing = exports.filter((name) => !declared.some((part) => nameOf(part) === name));
if (missing.length > 0) throw new Error(`exported, but declared in no file of a part: ${missing.join(", ")}`);
const names = published(declared, exports);
let text = HEAD;
for (const [title, all, wanted = /^/] of PARTS) {
  const parts = all.flatMap((file) => files.get(file).filter((part) => names.has(nameOf(part)) && (!file.startsWith("generated/") || wanted.test(code(part).trim()))));
  const others = passedOn(await read(all[0])).filter(([, other]) => other).map(([name, other]) => `\`${other}\` is another name of \`${name}\`.\n`);
  text += `\n## ${title}\n\n\`\`\`\`ts\n${parts.join("\n\n")}\n\`\`\`\`\n${others.map((line) => `\n${line}`).join("")}`;
}
if (!process.argv.includes("--check")) await writeFile(document, text);
else if ((await readFile(document, "utf8").catch(() => "")) !== text) {
  console.error("docs/api.md is stale: run `node js/api.mjs`");
  process.exitCode = 1;
}
