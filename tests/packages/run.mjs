// The package in every place it may be put: `node run.mjs [--only PART] [--list]`.
import { environments } from "./environments/all.mjs";
import { removeProjects } from "./lib/project.mjs";
import { runAll, summary } from "./lib/runner.mjs";
import { makeWorld } from "./lib/world.mjs";

const args = process.argv.slice(2);
const only = args.includes("--only") ? args[args.indexOf("--only") + 1].toLowerCase() : "";
const chosen = environments.filter(({ name }) => name.toLowerCase().includes(only));
if (args.includes("--list") || chosen.length === 0) {
  console.log(environments.map(({ name }) => name).join("\n"));
  process.exit(args.includes("--list") ? 0 : 1);
}

const world = await makeWorld();
let reports;
try {
  reports = await runAll(chosen, world);
} finally {
  await world.close();
  await removeProjects();
}
console.log(summary(reports));
process.exitCode = reports.every(({ error }) => error === null) ? 0 : 1;
