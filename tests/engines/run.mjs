// Runs the package in three browser engines and prints what holds in each.
//
//   node tests/engines/run.mjs [--write] [--only ENGINE]
//
// --write puts the table into docs/browsers.md; without it, the document must already say the same (but for versions).
// A missing browser is skipped and said so; under CI=true it is a failure.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { REPO } from "../e2e/lib/paths.mjs";
import { CHECKS } from "./lib/checks.mjs";
import { ENGINES, lacking } from "./lib/engines.mjs";
import { claims, put, table } from "./lib/table.mjs";
import { startWorld } from "./lib/world.mjs";

const DOCUMENT = join(REPO, "docs", "browsers.md");
const CHECK_MS = 90_000;

const args = process.argv.slice(2);
const write = args.includes("--write");
const only = args.includes("--only") ? args[args.indexOf("--only") + 1] : null;
const engines = ENGINES.filter(({ name }) => !only || name.toLowerCase() === only.toLowerCase());
if (engines.length === 0) throw new Error(`no engine is called ${only}: ${ENGINES.map(({ name }) => name)}`);

const failures = [];
const absent = [];
const results = [];
const started = performance.now();
const world = await startWorld();
try {
  for (const engine of engines) {
    const packages = lacking(engine);
    if (packages.length > 0) absent.push(`${engine.name}: apt-get install ${packages.join(" ")}`);
    else results.push(await runEngine(engine));
  }
} finally {
  await world.stop();
}

const versions = results.map(({ version }) => version);
const rows = CHECKS.map(({ id, title }) => ({ title, cells: results.map(({ cells }) => cells[id]) }));
const markdown = table(versions, rows);
console.log(`\n${markdown}\n\n${((performance.now() - started) / 1000).toFixed(0)} s`);

for (const what of absent) {
  console.log(`SKIPPED ${what}`);
  if (process.env.CI === "true") failures.push(`missing browser: ${what}`);
}
if (results.length === ENGINES.length && failures.length === 0) await compare();
for (const failure of failures) console.error(`FAILED ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);

/** Launches an engine and tries everything; what fails is named with the engine. */
async function runEngine({ name, launch }) {
  const cells = {};
  const report = (text) => console.log(`${name}: ${text}`);
  let browser;
  const start = async () => {
    browser = await launch();
    world.page = browser.page;
  };
  try {
    await start();
  } catch (error) {
    failures.push(`${name}: does not start: ${error.message}`);
    return { version: name, cells };
  }
  report(browser.version);
  world.engine = name;
  world.note = report;
  for (const { id, title, run } of CHECKS) {
    const begun = performance.now();
    // A real browser on a busy machine may miss a frame's time, or break down: one more try in another, said aloud. What is broken
    // fails twice.
    for (const last of [false, true]) {
      try {
        if (last) await browser.close().then(start);
        cells[id] = await limited(run(world));
        break;
      } catch (error) {
        report(`${title}: ${error.message}${last ? "" : "; SECOND TRY"}`);
        if (!last) continue;
        cells[id] = "**no**";
        failures.push(`${name}: ${title}: ${error.message}`);
      }
    }
    report(`${cells[id]}: ${title} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  }
  await browser.close();
  return { version: browser.version, cells };
}

function limited(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${CHECK_MS / 1000} s`)), CHECK_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function compare() {
  const document = await readFile(DOCUMENT, "utf8");
  const wanted = put(document, markdown);
  if (write) return writeFile(DOCUMENT, wanted);
  const [said, found] = [claims(document), claims(wanted)];
  if (said.join("\n") !== found.join("\n")) failures.push("docs/browsers.md says something else: run `node tests/engines/run.mjs --write`");
}
