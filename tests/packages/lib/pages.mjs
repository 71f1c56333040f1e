// Pages that use the package without a bundler.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TEMPLATES } from "./paths.mjs";

/** The shortest check there is. */
export const QUICK_OPTIONS = `model: "mixed-10-v2", fps: 15`;

/** A page of a shop; `script` is the whole tag. */
export const page = (script, { head = "" } = {}) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A shop</title>${head}</head>
<body><video playsinline muted></video>
${script}
</body></html>`;

/** report.js as text, for scripts that may import nothing. */
export const reportSource = async () => (await readFile(join(TEMPLATES, "common", "report.js"), "utf8")).replace("export ", "");

/** A module's text that imports the package from `from` and runs one check. `options` is the text of more options. */
export const checkSource = (from, report, options = "") => `import { LivenessCheck, LivenessError } from ${JSON.stringify(from)};
import { report } from ${JSON.stringify(report)};
const video = document.querySelector("video");
report(new LivenessCheck({ video, ${QUICK_OPTIONS}, ${options} }).start(), LivenessError);`;

/** The same as a tag. */
export const moduleTag = (from, { report = "./report.js", options = "", attributes = "" } = {}) =>
  `<script type="module" ${attributes}>${checkSource(from, report, options)}</script>`;
