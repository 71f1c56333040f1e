// Builds what has to be built while the browser is busy with what has been.

const seconds = (since) => (performance.now() - since) / 1_000;

/**
 * Runs environments: {name, prepare?(world), run(world, prepared), heavy?}. Preparations run one after the other,
 * the heavy ones first, beside the runs, which share the browser and so run one after the other too. A run is given a
 * second try, said aloud: a browser on a busy machine may miss a picture's time, and what is broken fails twice.
 */
export async function runAll(environments, world, say = console.log) {
  const reports = [];
  const ready = environments.filter(({ prepare }) => !prepare).map((environment) => ({ environment, prepared: undefined, built: 0 }));
  const waiting = environments.filter(({ prepare }) => prepare).sort((a, b) => Number(b.heavy ?? false) - Number(a.heavy ?? false));
  let wake = () => undefined;

  function report(environment, built, ran, error) {
    reports.push({ name: environment.name, built, ran, error });
    const times = `${built.toFixed(1).padStart(6)} s built ${ran.toFixed(1).padStart(6)} s run`;
    say(`${error ? "FAILED" : "passed"} ${times}  ${environment.name}${error ? `\n${indent(describe(error))}` : ""}`);
  }

  async function prepareAll() {
    for (const environment of waiting) {
      const began = performance.now();
      try {
        const prepared = await environment.prepare(world);
        ready.push({ environment, prepared, built: seconds(began) });
      } catch (error) {
        report(environment, seconds(began), 0, error);
      }
      wake();
    }
  }

  async function runReady() {
    while (reports.length < environments.length) {
      const next = ready.shift();
      if (!next) {
        await new Promise((done) => (wake = done));
        continue;
      }
      const { environment, prepared, built } = next;
      const began = performance.now();
      const attempt = () => environment.run(world, prepared).then(() => null, (error) => error);
      let error = await attempt();
      if (error) {
        say(`SECOND TRY of ${environment.name}:\n${indent(describe(error))}`);
        error = await attempt();
      }
      report(environment, built, seconds(began), error);
    }
  }

  await Promise.all([prepareAll(), runReady()]);
  // As they were listed, whatever order they ended in.
  const place = new Map(environments.map(({ name }, index) => [name, index]));
  return reports.sort((a, b) => place.get(a.name) - place.get(b.name));
}

const describe = (error) => (error instanceof Error ? error.message : String(error));
const indent = (text) => text.split("\n").slice(0, 40).map((line) => `    ${line}`).join("\n");

/** A table of all environments: result, seconds to build and to run, name. */
export function summary(reports) {
  const rows = reports.map(({ name, built, ran, error }) => {
    const time = `${built.toFixed(1).padStart(7)} ${ran.toFixed(1).padStart(7)}`;
    return `  ${error ? "FAILED" : "passed"} ${time}  ${name}`;
  });
  const failed = reports.filter(({ error }) => error).length;
  return ["", "  result   built    ran  environment", ...rows, `  ${reports.length - failed} of ${reports.length} environments hold`, ""].join("\n");
}
