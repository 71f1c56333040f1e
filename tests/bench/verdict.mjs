// Measures only the time from Start to the verdict, of a package and a gateway that are already built.
//
// node tests/bench/verdict.mjs [--json FILE] [--verdicts N]
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { camera } from "./lib/frames.mjs";
import { stepTable } from "./lib/report.mjs";
import { measureVerdicts, verdictFigures } from "./lib/verdict.mjs";
import { inWorld, number, say } from "./lib/world.mjs";

const { values } = parseArgs({ options: { json: { type: "string" }, ...Object.fromEntries([number("verdicts", 9)]) } });

await inWorld({ video: await camera() }, async (world) => {
  say(`${values.verdicts} checks from Start to the verdict`);
  const rounds = await measureVerdicts(world, Number(values.verdicts));
  const figures = verdictFigures(rounds);
  console.log(stepTable(figures));
  console.log(`\n${world.about.browser}, ${world.about.cpu}; camera: ${world.about.camera}`);
  if (values.json) await writeFile(values.json, `${JSON.stringify({ ...world.about, verdict_overhead_ms: figures.median, verdict_overhead: figures, rounds }, null, 2)}\n`);
});
