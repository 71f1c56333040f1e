// <liveness-check> in the frameworks that have no adapter of the package's, and in a page without any.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { installed, project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertVerdict } from "../lib/visit.mjs";

/** Presses the element's button, as a person does, and waits until the page itself says how the check has ended. */
export async function pressStart(page) {
  await page.locator("liveness-check").getByRole("button", { name: "Start" }).click();
  const output = page.locator("output", { hasText: /\w/ });
  await output.waitFor({ timeout: 30_000 });
  const said = (await output.innerText()).trim();
  await page.evaluate((said) => void Object.assign(document.body.dataset, /^(live|fake|inconclusive)$/.test(said) ? { verdict: said } : { code: said }), said);
}

const served = (world, root) => world.static({ root }, async ({ url }) => assertVerdict(await world.check(url, { open: pressStart })));

const byVite = (name, template, check = async () => undefined) => ({
  name,
  async prepare() {
    const folder = await project(template, { template });
    await check(folder);
    await run("node", [await tool("vite8", "bin/vite.js"), "build"], { cwd: folder });
    return join(folder, "dist");
  },
  run: served,
});

export const frameworks = [
  byVite("Vue 3, Vite 8, build", "vue", async (folder) => {
    await run("node", [await tool("vue-tsc", "bin/vue-tsc.js"), "--project", "tsconfig.json"], { cwd: folder });
  }),
  byVite("Svelte 5, Vite 8, build", "svelte"),
  {
    name: "Angular 21, build",
    heavy: true,
    async prepare() {
      const folder = await project("angular", { template: "angular", set: "angular" });
      // What `ng build` runs, without the 200 packages of the command line around it.
      await run("node", [await tool("@angular-devkit/architect-cli", "bin/cli.js", "angular"), "shop:build"], { cwd: folder });
      return join(folder, "dist");
    },
    run: served,
  },
  {
    name: "plain HTML, <liveness-check>",
    async prepare() {
      const folder = await project("html", { template: "html" });
      const site = join(folder, "site");
      await cp(join(installed(folder), "dist"), join(site, "liveness"), { recursive: true });
      for (const file of ["index.html", "main.js"]) await cp(join(folder, file), join(site, file));
      return site;
    },
    run: served,
  },
];
