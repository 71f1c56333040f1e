// Every state of <liveness-check>, as www/gallery.html shows them: their looks, and what axe finds in them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { LIMIT, mostAlike, unlikeGoldens } from "./lib/golden.mjs";
import { suite } from "./lib/suite.mjs";

/** Sets of pictures: the gallery's query, and the states, where it is not all. */
const SETS = [
  ["light", "theme=light"],
  ["dark-ar", "theme=dark&locale=ar"],
  ["wide", "theme=light&width=1100", ["start", "to-the-left", "capturing", "verifying", "not-live", "start-with-cameras"]],
  ["wide-dark-ar", "theme=dark&locale=ar&width=1100", ["start", "to-the-left", "capturing", "time-runs-out", "inconclusive", "camera-denied"]],
  ["bold", "theme=dark&look=bold", ["start", "closer", "capturing", "live", "camera-denied"]],
  ["plain", "theme=light&look=plain", ["start", "closer", "capturing", "time-runs-out", "live", "camera-denied"]],
  ["large", "theme=light&text=large&width=480", ["start", "to-the-left", "capturing", "time-runs-out", "connection-lost"]],
];

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

  /** Screenshots of states by their names, of all if none are named. */
  async function screenshots({ page }, wanted) {
    const shots = new Map();
    for (const section of await page.$$("section[data-name]")) {
      const state = (await section.getAttribute("data-name")).replaceAll(" ", "-");
      if (wanted && !wanted.includes(state)) continue;
      // Each at the same place, whatever the others are: half a pixel further down is another picture. The outline hides what
      // is below where the screenshot ends within a pixel.
      await section.evaluate((section) => {
        const { backgroundColor } = getComputedStyle(document.documentElement);
        section.style.cssText = `position: fixed; inset-block-start: 0; left: 0; inline-size: ${section.clientWidth}px; z-index: 100; background: ${backgroundColor}; outline: 4px solid ${backgroundColor}`;
      });
      shots.set(state, await section.screenshot());
      await section.evaluate((section) => section.removeAttribute("style"));
    }
    return shots;
  }

  const atHalfSize = () => world.visit({ camera: drawnCamera(), context: { deviceScaleFactor: 0.5, reducedMotion: "reduce", viewport: { width: 1280, height: 900 } } });

  test("every state of the gallery looks as it did, and like no other", async () => {
    const visit = await atHalfSize();
    const faults = [];
    for (const [set, query, states] of SETS) {
      await gallery(visit, query);
      faults.push(...(await unlikeGoldens(set, await screenshots(visit, states))));
    }
    assert.deepEqual(faults, []);
  });

  test("the pictures of any two states differ, and what is small but matters is noticed", async () => {
    for (const [set] of SETS) {
      const [levels, one, other] = await mostAlike(set);
      assert.ok(levels > 1.25 * LIMIT, `${set}: ${one} and ${other} differ by ${levels} levels`);
    }
    const visit = await atHalfSize();
    await gallery(visit, "theme=light");
    const faulty = await visit.page.evaluate(() => {
      const changes = {
        "to the left": (app) => (app.dataset.arrow = "right"),
        up: (app) => delete app.dataset.arrow,
        capturing: (app) => app.querySelector(".ring").remove(),
        verifying: (app) => app.querySelector(".buttons").remove(),
      };
      for (const [state, change] of Object.entries(changes)) change(document.querySelector(`[data-name="${state}"] liveness-check`).shadowRoot.querySelector(".app"));
      return Object.keys(changes);
    });
    const faults = await unlikeGoldens("light", await screenshots(visit));
    assert.deepEqual(faults.map((fault) => fault.split(" ")[0]).sort(), faulty.map((state) => `light/${state.replaceAll(" ", "-")}`).sort(), faults.join("\n"));
  });

  test("no state of the gallery violates a rule of axe, light, dark, right to left, in a narrow column and with large text", async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const visit = await world.visit({ camera: drawnCamera() });
    for (const query of ["theme=light", "theme=dark&locale=ar&width=280", "theme=light&text=large&width=480&look=plain", "theme=dark&look=bold&locale=ja&width=1100"]) {
      await gallery(visit, query);
      await visit.page.evaluate(axe);
      const violations = await visit.page.evaluate(async () => {
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        // Some states say the same: on one page they are elements of their own.
        const rules = { "landmark-unique": { enabled: false } };
        const found = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, rules, resultTypes: ["violations"] });
        return found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, any }) => `${target.flat().join(" ")} ${any[0]?.message ?? ""}`).join("; ")}`);
      });
      assert.deepEqual(violations, [], query);
      const wide = await visit.page.evaluate(() => [...document.querySelectorAll("liveness-check")].filter(({ shadowRoot }) => {
        const app = shadowRoot.querySelector(".app");
        return app.scrollWidth > app.clientWidth;
      }).length);
      assert.equal(wide, 0, `${query}: too wide`);
      const lit = await visit.page.evaluate(() => ["dark", "light behind", "covered", "eyes hidden"].map((name) => getComputedStyle(document.querySelector(`[data-name="${name}"] liveness-check`).shadowRoot.querySelector(".app")).backgroundColor === "rgb(255, 255, 255)"));
      assert.deepEqual(lit, [true, true, true, false], `${query}: the screen is a lamp where it is, or may be, dark`);
    }
    assert.deepEqual(await visit.violations(), []);
    assert.deepEqual(visit.pageErrors, []);
  });
});
