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
const PARTS = [
  ["`liveness-capture`, and the same of `liveness-capture/inline`", ["core/index", "core/cameras", "core/types", "core/errors"]],
  ["`liveness-capture/element`", ["element/index", "element/element", "core/given_session", "element/reflected", "element/events", "element/shown"]],
  [
    "`liveness-capture/react`",
    ["index", "liveness_check", "liveness_view", "liveness_modal", "provider", "options", "states", "use_liveness", "use_camera", "models", "use_models", "use_smart_frame_capture", "use_detection_pipeline"].map((name) => `adapters/react/${name}`),
  ],
  ["`liveness-capture/frame`", ["adapters/frame/index", "adapters/frame/messages"]],
  ["`liveness-capture/qualtrics`", ["adapters/qualtrics/index", "adapters/qualtrics/types"]],
  ["`liveness-capture/jspsych`", ["adapters/jspsych/index", "adapters/jspsych/data"]],
  ["What a check reports", ["generated/api", "generated/wire"]],
  ["Options", ["generated/options"]],
  ["Codes", ["generated/codes"]],
  ["`liveness-capture/server`", ["server/options", "server"]],
];
/** Of the messages only what a snapshot has in it. */
const REPORTED = /^export type (CheckView|FaultView|CaptureWarning|VerdictData|Verdict|RiskBand)\b/;
/** Of the generated tables only what an integrator names. */
const INTERNAL = /^export (declare const (?!CAMERA_REQUIREMENTS)|declare function (asError|readLabel|cameraInUse|softConstraints|withSession|modelsIn|list)\b|interface SessionFault\b|type (CheckedOption|OptionKind)|interface OptionTable)/;

/** The declarations of a file with their comments, without imports, re-exports and what is private. */
function declarations(text, wanted = /^/) {
  const plain = text.replace(/^(import|export \{|export type \{|\/\/\/|\/\/ Generated).*$/gm, "").replace(/^ +#private;\n/gm, "");
  const parts = plain.split(/\n(?=\/\*\*|export |declare )/).map((part) => part.trim()).filter(Boolean);
  // A comment and what it is about belong together.
  const whole = [];
  for (const part of parts) {
    if (whole.length > 0 && whole.at(-1).startsWith("/**") && !/^(export|declare) /m.test(whole.at(-1))) whole.push(`${whole.pop()}\n${part}`);
    else whole.push(part);
  }
  const named = (part) => part.slice(part.search(/^export /m));
  return whole.filter((part) => part.includes("export ") && !INTERNAL.test(named(part)) && wanted.test(named(part))).join("\n\n");
}

let text = HEAD;
for (const [title, files] of PARTS) {
  const parts = await Promise.all(files.map(async (file) => declarations(await readFile(join(root, "pkg", "dist", `${file}.d.ts`), "utf8"), file.endsWith("/wire") ? REPORTED : undefined)));
  text += `\n## ${title}\n\n\`\`\`\`ts\n${parts.filter(Boolean).join("\n\n")}\n\`\`\`\`\n`;
}
if (!process.argv.includes("--check")) await writeFile(document, text);
else if ((await readFile(document, "utf8").catch(() => "")) !== text) {
  console.error("docs/api.md is stale: run `node js/api.mjs`");
  process.exitCode = 1;
}
