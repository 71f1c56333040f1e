// Writes docs/troubleshooting.md from what the code says of each failure: when (docs/errors.md, which is written from Rust), the
// words for the person (src/words/en.ts) and for the developer (src/core/hints.ts). `--check` only compares.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const document = join(root, "docs", "troubleshooting.md");

const HEAD = `# Troubleshooting

Written by \`node js/troubleshooting.mjs\` from the package's own words; do not edit.

Every failure has a code. \`<liveness-check>\` shows it under what went wrong, \`liveness-error\` has it as \`detail.code\`, and
\`LivenessCheck\` as \`error.code\`. \`detail\` beside it names the file, option or status at fault. By the time a code is told,
the camera is off. How requests are repeated, and what a page cannot know: [errors.md](errors.md). What the gateway answers:
[sessions.md](sessions.md#errors).

Nothing happens at all? Then the script was not loaded: the browser's console says why. A check that never gets to its
pictures is not a failure of the code: the person is told what to change ([guidance.md](guidance.md)).
`;

/** The headings, what is under them, and which codes belong there: the first that fits. */
const GROUPS = [
  ["The camera", "Try the camera in another program first. A check needs `https://` or `localhost`, and in a frame `allow=\"camera\"`.", /^camera_/],
  ["The package's files", "What a check fetches, and how to serve it: [hosting.md](hosting.md).", /^(engine_|simd_|out_of_memory)/],
  ["A detector of your own", "[detector.md](detector.md) has what a file must have.", /^detector_/],
  ["The pictures", "What is measured, and what the person is told: [guidance.md](guidance.md).", /^(media_|frame|positioning_|insufficient_frames)/],
  ["The connection", "Between page and gateway. `detail` has the HTTP status of whatever has answered.", /^(network_|request_timeout|connection_|proxy_|unexpected_|upstream_|verdict_lost|rate_limit|too_many|internal_error)/],
  ["The session", "What a session is, and for how long: [sessions.md](sessions.md).", /^(session_|invalid_token|crop_|missing_crops|run_|index_|not_png|wrong_dim|payload_)/],
  ["The set-up", "Settings of the gateway: [gateway.md](gateway.md). Options of a check: [api.md](api.md).", /^(invalid_|missing_field|validation_|unknown_|origin_|host_not_|insufficient_|tenant_|submission_|service_|account_|not_found|method_)/],
  ["Everything else", "", /^(cancelled|internal)$/],
];

/** A script's exports, compiled. */
async function load(path) {
  const { outputFiles } = await build({ entryPoints: [join(root, "js/src", path)], bundle: true, format: "esm", write: false, logLevel: "error" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** `[code, helps, when]` of every row of the table. */
async function rows() {
  const text = await readFile(join(root, "docs", "errors.md"), "utf8");
  const found = [...text.matchAll(/^\| `(\w+)` \| (yes|no) \| (.+) \|$/gm)].map(([, code, helps, when]) => [code, helps === "yes", when]);
  if (found.length === 0) throw new Error("docs/errors.md has no table of codes");
  return found;
}

const { FAILURES } = await load("words/en.ts");
const { hintFor } = await load("core/hints.ts");

/** Documents by their links; a hint that says no more than where to look says nothing here. */
function hint(code) {
  const text = hintFor(code);
  return text === `See docs/errors.md for ${code}.` ? null : text.replace(/docs\/(\w+\.md)/g, "[$1]($1)").replace(/(?<!`)<([^>]*)>/g, "`<$1>`");
}

function entry([code, helps, when]) {
  const [title, ...advice] = FAILURES[code];
  const lines = [`### \`${code}\`\n`, `${when}\n`, `- The person reads: “${title}. ${advice.join(" ")}”`];
  const words = hint(code);
  if (words) lines.push(`- For you: ${words}`);
  lines.push(`- ${helps ? "A new check can succeed." : "A new check meets the same failure, until something is changed."}`);
  return lines.join("\n");
}

const all = await rows();
const taken = new Set();
let text = HEAD;
for (const [heading, lead, codes] of GROUPS) {
  const own = all.filter(([code]) => codes.test(code) && !taken.has(code));
  if (own.length === 0) throw new Error(`no code belongs to "${heading}"`);
  for (const [code] of own) taken.add(code);
  text += `\n## ${heading}\n\n${lead ? `${lead}\n\n` : ""}${own.map(entry).join("\n\n")}\n`;
}
const left = Object.keys(FAILURES).filter((code) => !taken.has(code));
if (left.length > 0) throw new Error(`these codes are in no group of js/troubleshooting.mjs: ${left.join(", ")}`);

if (!process.argv.includes("--check")) await writeFile(document, text);
else if ((await readFile(document, "utf8").catch(() => "")) !== text) {
  console.error("docs/troubleshooting.md is stale: run `node js/troubleshooting.mjs`");
  process.exitCode = 1;
}
