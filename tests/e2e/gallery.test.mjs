// Every state of <liveness-check>, as www/gallery.html shows them: their looks, and what axe finds in them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { compare, unlikeGolden } from "./lib/golden.mjs";
import { suite } from "./lib/suite.mjs";

describe("the gallery", () => {
  const world = suite();

  /** Opens the gallery, and waits until all of it is there. */
  async function gallery({ page }, query) {
    await page.goto(`${world.proxy.origin}/gallery.html?${query}`);
    await page.waitForFunction(() => {
      const all = [...document.querySelectorAll("liveness-check")];
      const shown = ({ shadowRoot }) => shadowRoot.querySelector("[data-ready]") && (!shadowRoot.querySelector("video").srcObject || shadowRoot.querySelector("[data-picture]"));
      return all.length > 15 && all.every(shown);
    });
    // Until the views have appeared.
    await page.waitForTimeout(500);
  }

  test("every state of the gallery looks as it did", async () => {
    const visit = await world.visit({ camera: drawnCamera(), context: { deviceScaleFactor: 0.5, reducedMotion: "reduce", viewport: { width: 1280, height: 900 } } });
    const faults = [];
    const shots = [];
    for (const [name, query] of [["light", "theme=light"], ["dark-ar", "theme=dark&locale=ar"]]) {
      await gallery(visit, query);
      for (const section of await visit.page.$$("section[data-name]")) {
        const state = (await section.getAttribute("data-name")).replaceAll(" ", "-");
        const shot = await section.screenshot();
        shots.push([state, shot]);
        faults.push(await unlikeGolden(visit.page, `${name}/${state}`, shot));
      }
    }
    assert.deepEqual(faults.filter(Boolean), []);
    // The measure tells states from each other.
    const of = (wanted) => shots.find(([state]) => state === wanted)[1];
    for (const [one, other] of [["live", "not-live"], ["capturing", "verifying"], ["dark", "covered"], ["start", "allow-the-camera"]]) {
      const { share } = await compare(visit.page, of(one), of(other));
      assert.ok(share > 0.06, `${one} and ${other} differ by ${share}`);
    }
  });

  test("no state of the gallery violates a rule of axe, light, dark, right to left, in a narrow column and with large text", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const visit = await world.visit({ camera: drawnCamera() });
    for (const query of ["theme=light", "theme=dark&locale=ar&width=280", "theme=light&text=large&width=480&look=plain", "theme=dark&look=bold&locale=ja&width=1100"]) {
      await gallery(visit, query);
      await visit.page.evaluate(axe);
      const violations = await visit.page.evaluate(async () => {
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        const found = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, any }) => `${target.flat().join(" ")} ${any[0]?.message ?? ""}`).join("; ")}`);
      });
      assert.deepEqual(violations, [], query);
      const wide = await visit.page.evaluate(() => [...document.querySelectorAll("liveness-check")].filter(({ shadowRoot }) => {
        const app = shadowRoot.querySelector(".app");
        return app.scrollWidth > app.clientWidth;
      }).length);
      assert.equal(wide, 0, `${query}: too wide`);
      const lit = await visit.page.evaluate(() => ["dark", "light behind", "covered"].map((name) => getComputedStyle(document.querySelector(`[data-name="${name}"] liveness-check`).shadowRoot.querySelector(".app")).backgroundColor === "rgb(255, 255, 255)"));
      assert.deepEqual(lit, [true, true, false], `${query}: the screen is a lamp where it is dark`);
    }
    assert.deepEqual(await visit.violations(), []);
    assert.deepEqual(visit.pageErrors, []);
  });
});
