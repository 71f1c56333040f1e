// What a page, and a person's system, can change in the looks of <liveness-check>: custom properties, parts, forced colours.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { assertClean } from "./lib/expect.mjs";
import { shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

const CHECK = `<liveness-check id="check"></liveness-check>`;
const document = await readFile(new URL("../../docs/element.md", import.meta.url), "utf8");

/** The names in the first column of the table under a heading. */
function documented(heading) {
  const [, section = ""] = new RegExp(`^## ${heading}\\n(.*?)(?=^## |(?![^]))`, "ms").exec(document) ?? [];
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
}

/** In the page: shows snapshots that between them have all there is to see, and calls `look` at each. */
function states() {
  const app = globalThis.check.shadowRoot.querySelector(".app");
  const snapshot = (changes) => ({
    ...{ state: "idle", guidance: "none", message: "", help: null, far: false, timeLeftMs: null, progress: 0, camera: null, cameraLive: false },
    ...{ sessionId: null, framesTaken: 0, framesRequired: 10, framesUploaded: 0, warnings: [], verdict: null, error: null, ...changes },
  });
  const verdict = (verdict) => ({ state: "done", verdict: { verdict, score: 50 } });
  const shown = [
    { state: "idle" },
    { state: "positioning", guidance: "move-left", message: "Left" },
    { state: "capturing", framesTaken: 5 },
    { state: "failed", error: { code: "network_error", title: "No", advice: ["Try again."] } },
    ...["live", "fake", "inconclusive"].map(verdict),
  ];
  globalThis.__look = (look) =>
    shown.map((changes) => {
      globalThis.check[Symbol.for("liveness-capture.show")](snapshot(changes), []);
      const running = /ing$/.test(changes.state);
      // As while the camera shows something.
      app.toggleAttribute("data-picture", running);
      app.querySelector("#badge").hidden = !running;
      return look(app);
    });
}

describe("the element's looks", () => {
  const world = suite();
  const { shop } = shops(world);

  test("nothing of it lies above what the page puts over it", async () => {
    const visit = await shop(`<div style="position: relative">${CHECK}</div>`);
    const above = await visit.page.evaluate(() => {
      globalThis.check.scrollIntoView();
      const { left, top, width, height } = globalThis.check.shadowRoot.querySelector(".actions").getBoundingClientRect();
      const overlay = Object.assign(document.createElement("p"), { id: "overlay" });
      Object.assign(overlay.style, { position: "absolute", inset: "0", margin: "0", zIndex: "1" });
      // Before it, so that of two layers of one number the element's would win.
      globalThis.check.before(overlay);
      return document.elementFromPoint(left + width / 2, top + height / 2)?.id;
    });
    assert.equal(above, "overlay");
  });

  /** What each custom property is set to in the test; the others are colours. */
  const VALUES = {
    "--liveness-font": "700 21px/2 serif",
    "--liveness-gap": "3px",
    "--liveness-padding": "5px",
    "--liveness-radius": "7px",
    "--liveness-stage-radius": "9px",
    "--liveness-button-radius": "11px",
    "--liveness-block-size": "450px",
    "--liveness-actions-position": "sticky",
  };

  test("every documented custom property changes something, and nothing once it is taken back", async () => {
    const visit = await shop(CHECK);
    await visit.page.evaluate(states);
    const names = documented("Custom properties");
    assert.ok(names.length >= 20, "the table is found");
    for (const theme of ["light", "dark"]) {
      const changed = await visit.page.evaluate(([theme, names, values]) => {
        const { check } = globalThis;
        check.theme = theme;
        const READ = ["color", "backgroundColor", "borderTopColor", "borderTopLeftRadius", "boxShadow", "fill", "stroke", "font", "rowGap", "paddingTop", "inlineSize", "minBlockSize", "position"];
        const look = () => JSON.stringify(globalThis.__look((app) => [app, ...app.querySelectorAll("*")].map((node) => [null, "::before"].map((pseudo) => {
          const style = getComputedStyle(node, pseudo);
          return READ.map((name) => style[name]);
        }))));
        // Transitions would show what was before.
        const still = new CSSStyleSheet();
        still.replaceSync("*, *::before { animation: none !important; transition: none !important; }");
        check.shadowRoot.adoptedStyleSheets = [...check.shadowRoot.adoptedStyleSheets, still];
        // The first time nothing has been shown before.
        look();
        const plain = look();
        return names.map((name) => {
          check.style.setProperty(name, values[name] ?? "rgb(1, 2, 3)");
          const set = look();
          check.style.removeProperty(name);
          return [name, set !== plain, look() === plain];
        });
      }, [theme, names, VALUES]);
      assert.deepEqual(changed, names.map((name) => [name, true, true]), theme);
    }
    await assertClean(visit);
  });

  test("every documented part is there to be styled", async () => {
    const visit = await shop(CHECK);
    await visit.page.evaluate(states);
    const names = documented("Parts");
    const styled = await visit.page.evaluate((names) => {
      const sheet = new CSSStyleSheet();
      document.adoptedStyleSheets = [sheet];
      return names.map((name) => {
        sheet.replaceSync(`liveness-check::part(${name}) { scroll-margin: 7px; }`);
        return [name, globalThis.__look((app) => [app, ...app.querySelectorAll("*")].some((node) => getComputedStyle(node).scrollMarginTop === "7px")).some(Boolean)];
      });
    }, names);
    assert.ok(names.length >= 20, "the table is found");
    assert.deepEqual(styled, names.map((name) => [name, true]));
    await assertClean(visit);
  });

  test("forced colours: what is drawn is in the system's, and what has only a shade has a border", async () => {
    const visit = await shop(CHECK);
    await visit.page.emulateMedia({ forcedColors: "active" });
    await visit.page.evaluate(states);
    const seen = await visit.page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement("p"));
      probe.style.forcedColorAdjust = "none";
      const system = (name) => {
        probe.style.color = name;
        return getComputedStyle(probe).color;
      };
      const [highlight, text, canvas] = ["Highlight", "CanvasText", "Canvas"].map(system);
      const expected = [
        ...[".ring", ".waiting", ".arrow", ".mark"].map((selector) => [selector, "stroke", highlight]),
        [".track", "stroke", text],
        [".scrim", "fill", canvas],
        ...[".stage", "#badge", ".cameras"].flatMap((selector) => [[selector, "borderTopWidth", "1px"], [selector, "borderTopColor", text]]),
        [".steps .passed", "backgroundColor", highlight, "::before"],
      ];
      const still = new CSSStyleSheet();
      still.replaceSync("*, *::before { transition: none !important; }");
      globalThis.check.shadowRoot.adoptedStyleSheets = [...globalThis.check.shadowRoot.adoptedStyleSheets, still];
      const wrong = globalThis.__look((app) => expected.flatMap(([selector, property, value, pseudo]) => [...app.querySelectorAll(selector)].flatMap((node) => {
        const found = getComputedStyle(node, pseudo)[property];
        return found === value ? [] : [`${app.dataset.state}: ${selector} ${property} ${found}, not ${value}`];
      })));
      return { wrong: [...new Set(wrong.flat())], passed: globalThis.__look((app) => app.querySelectorAll(".passed").length), matches: matchMedia("(forced-colors: active)").matches };
    });
    assert.ok(seen.matches && seen.passed.some(Boolean));
    assert.deepEqual(seen.wrong, []);
    await assertClean(visit);
  });

  test("the screen is a lamp for the whole check once it is dark, and the first time only as long as the camera seems covered", async () => {
    const visit = await shop(CHECK);
    const lit = await visit.page.evaluate(() => {
      const { check } = globalThis;
      const show = (guidance) => {
        check[Symbol.for("liveness-capture.show")]({ ...check.snapshot, state: "positioning", guidance }, []);
        return check.shadowRoot.querySelector(".app").hasAttribute("data-light");
      };
      const shown = (...guidances) => {
        check.start();
        const seen = guidances.map(show);
        check.cancel();
        return seen;
      };
      const [dark, cover] = [shown("more-light", "hold-still"), shown("uncover-lens", "hold-still", "look-at-camera")];
      // Where the lamp has shown a face, and the dark comes back without it.
      const darker = shown("uncover-lens", "hold-still", "uncover-lens", "hold-still", "uncover-lens");
      const off = shown("more-light");
      check.fillLight = "off";
      off.push(show("more-light"));
      return { dark, cover, darker, off };
    });
    assert.deepEqual(lit, { dark: [true, true], cover: [true, false, false], darker: [true, false, true, true, true], off: [true, false] });
    await assertClean(visit);
  });
});
