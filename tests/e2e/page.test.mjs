// The page around the check: policy, parameters, keyboard, small screens, screen readers.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { answerWith } from "./lib/answers.mjs";
import { coveredAndOther, drawnCamera, drawnFile } from "./lib/camera.mjs";
import { assertClean, assertVerdict } from "./lib/expect.mjs";
import { NETWORK_NOISE } from "./lib/integrator.mjs";
import { REPO } from "./lib/paths.mjs";
import { isComplete, isCrop, isOpen } from "./lib/proxy.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

describe("the page", () => {
  const world = suite();
  const visit = (query = QUICK, options = {}) => world.visit({ camera: drawnCamera(), query, ...options });

  test("is served with a strict policy and complies with it", async () => {
    const response = await fetch(world.gateway.origin);
    const policy = response.headers.get("content-security-policy");
    const directives = Object.fromEntries(policy.split(";").map((part) => part.trim().split(/\s+(.*)/s)));
    assert.equal(directives["default-src"], "'self'");
    assert.equal(directives["script-src"], "'self' 'wasm-unsafe-eval'");
    assert.doesNotMatch(policy, /'unsafe-(eval|inline)'|https?:|\*/);
    assert.match(response.headers.get("permissions-policy") ?? "", /camera=\(self\)/);

    const html = await response.text();
    assert.doesNotMatch(html, /\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)|https?:\/\//, "nothing may be inline or from elsewhere");
    for (const path of ["/main.js", "/liveness-capture/element.js", "/liveness-capture/index.js", "/liveness-capture/worker.js"]) {
      const script = await fetch(world.gateway.origin + path);
      assert.match(script.headers.get("content-type"), /javascript/);
      assert.doesNotMatch(await script.text(), /\beval\s*\(|new Function\b|\bimportScripts\b/, path);
    }
    const wasm = await fetch(`${world.gateway.origin}/liveness-capture/vision_bg.wasm`);
    assert.equal(wasm.headers.get("content-type"), "application/wasm");

    const page = await visit();
    await page.start();
    assertVerdict(await page.ended());
    await assertClean(page);
    assert.deepEqual(await page.context.cookies(), [], "no cookies");
  });

  test("parameters reach the gateway, and invalid ones are named and ignored", async () => {
    const page = await visit({ model: "mixed-10-v2", fps: "99", frames: "x", transport: "pigeon", framePath: "post", endpoint: "https://example.com/" });
    const notice = await page.page.textContent("#ignored");
    for (const name of ["fps", "frames", "transport", "framePath", "endpoint"]) assert.match(notice, new RegExp(`\\b${name}\\b`));
    await page.start();
    assertVerdict(await page.ended());
    const [opened] = world.proxy.exchanges.filter(isOpen);
    assert.deepEqual(JSON.parse(opened.body), { model: "mixed-10-v2", source: "live" });
    assert.equal(world.proxy.crops().length, 10);
    await assertClean(page);
  });

  test("an endpoint on this server is used", async () => {
    world.proxy.rules.push(({ path }) => (path.startsWith("/elsewhere/api/") ? { status: 404, headers: {}, body: "" } : undefined));
    const page = await visit({ ...QUICK, endpoint: "/elsewhere" });
    await page.start();
    assert.equal((await page.until("failed")).error, "not_found");
    assert.ok(world.proxy.exchanges.some(({ path }) => path === "/elsewhere/api/v1/sessions"));
  });

  test("frames are taken at the target rate, by the camera's own timestamps", async (t) => {
    const page = await visit({ model: "mixed-10-v2", fps: "5" });
    await page.start();
    assertVerdict(await page.ended());
    const [complete] = world.proxy.exchanges.filter(isComplete);
    const { fps, timestamps_ms: stamps } = JSON.parse(complete.body);
    t.diagnostic(`target 5, took ${fps} per second`);
    assert.equal(stamps.length, 10);
    assert.ok(stamps.every((at, i) => i === 0 || at - stamps[i - 1] >= 160), `${stamps}`);
    assert.ok(fps > 3 && fps <= 5.2, `${fps}`);
  });

  test("works with the keyboard alone, and announces what happens", async () => {
    const page = await visit();
    const { page: tab } = page;
    const { focused } = page;
    await tab.keyboard.press("Tab");
    assert.equal(await focused(), "start", "Start must be the first stop");
    await tab.evaluate(() => {
      globalThis.__heard = [];
      const region = document.querySelector("liveness-check").shadowRoot.getElementById("announcer");
      new MutationObserver(() => region.textContent && globalThis.__heard.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
    });
    await tab.keyboard.press("Enter");
    await page.until(["requesting-camera", "loading", "positioning", "capturing"]);
    assert.equal(await focused(), "cancel");
    assertVerdict(await page.ended());
    assert.equal(await focused(), "result-title");
    const heard = await tab.evaluate(() => globalThis.__heard);
    assert.ok(heard.length > 0 && heard.length <= 6, `heard: ${heard.join(" | ")}`);
    assert.equal(await tab.getAttribute("#announcer", "aria-live"), "polite");
    await tab.keyboard.press("Tab");
    await tab.keyboard.press("Tab");
    assert.equal(await focused(), "start", "Try again must follow the details");
    await tab.keyboard.press("Enter");
    await page.until(["positioning", "capturing"]);
    await tab.keyboard.press("Enter");
    await page.until("cancelled");
    assert.equal(await focused(), "start");
    assert.match(await tab.textContent("#notice"), /camera is off/i);
  });

  test("every control has a name, every picture is decorative, the headings are in order", async () => {
    const page = await visit();
    const problems = await page.page.evaluate(() => {
      const found = [];
      const inside = document.querySelector("liveness-check").shadowRoot;
      const all = (selector) => [document, inside].flatMap((root) => [...root.querySelectorAll(selector)]);
      for (const control of all("button, input, progress, video")) {
        if (!(control.getAttribute("aria-label") || control.textContent.trim())) found.push(`no name: ${control.id}`);
      }
      for (const svg of all("svg")) if (svg.getAttribute("aria-hidden") !== "true") found.push("a picture is read out");
      for (const root of [document, inside]) {
        for (const { id } of root.querySelectorAll("[id]")) if (root.querySelectorAll(`#${id}`).length > 1) found.push(`twice: ${id}`);
      }
      for (const element of all("[aria-labelledby]")) {
        if (!element.getRootNode().getElementById(element.getAttribute("aria-labelledby"))) found.push("a label is missing");
      }
      if (!document.documentElement.lang) found.push("no language");
      if (document.querySelectorAll("h1").length !== 1) found.push("there is not exactly one h1");
      return found;
    });
    assert.deepEqual(problems, []);
  });

  test("the developers' panel is there on request, follows the check and saves its trace", async () => {
    const page = await visit();
    assert.equal(await page.page.isVisible("#panel"), false);
    await page.open({ ...QUICK, dev: "" });
    await page.start();
    assertVerdict(await page.ended());
    const rows = await page.page.$$eval("#panel-states tr", (rows) => rows.map((row) => [...row.cells].map(({ textContent }) => textContent)));
    const [states, begun, lasted] = [0, 1, 2].map((column) => rows.map((row) => row[column]));
    assert.deepEqual([states[0], states.at(-1), begun[0], lasted.at(-1)], ["requesting-camera", "done", "0 ms", ""]);
    const times = begun.map((text) => Number(/^(\d+) ms$/.exec(text)?.[1]));
    // Ten pictures at fifteen a second.
    assert.ok(times.at(-1) >= 600, `${begun}`);
    for (const [at, text] of lasted.slice(0, -1).entries()) {
      const took = Number(/^(\d+) ms$/.exec(text)?.[1]);
      assert.ok(Math.abs(took - (times[at + 1] - times[at])) <= 1, `${states[at]}: ${rows.join("; ")}`);
    }
    await page.page.waitForSelector("#panel-measures .limits[d^='M0'] + path[d^='M0']", { state: "attached" });
    const gated = new Set((await readFile(join(REPO, "www/src/generated/gates.ts"), "utf8")).match(/(?<=measure: ")\w+/g));
    const plots = await page.page.$$eval("#panel-measures div", (all) =>
      all.map((plot) => ({ name: plot.querySelector("dt").textContent.replaceAll(" ", "_"), paths: [...plot.querySelectorAll("path")].map((path) => path.getAttribute("d") ?? "") })),
    );
    // Each has its line, and the bounds of its gates if it has any.
    for (const { name, paths: [limits, line] } of plots) {
      assert.match(line, /^M[\d.]+ [\d.]+/, name);
      assert.equal(limits.startsWith("M0"), gated.has(name), name);
    }
    const drawn = plots.map(({ name }) => name);
    assert.deepEqual(["faces", "face_area", "wider_margin", "face_luma", "yaw", "brighter_eye_luma", "relative_sharpness"].filter((name) => !drawn.includes(name)), []);
    assert.ok(drawn.filter((name) => gated.has(name)).length > 15, `${drawn}`);
    // The gateway's models can be chosen.
    const painted = await page.page.$eval("#panel-faces", (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean));
    assert.ok(painted, "the face's box is drawn");
    await page.page.selectOption("#panel-model", "mixed-30-v2");
    assert.equal(await page.page.$eval("liveness-check", (check) => check.options.model), "mixed-30-v2");
    assert.match(await page.page.textContent("#panel-frames"), /10 of 10 taken, 10 arrived/);
    const [saved] = await Promise.all([page.page.waitForEvent("download"), page.page.click("#panel-save")]);
    const trace = JSON.parse(await readFile(await saved.path(), "utf8"));
    assert.equal(trace.version, 1);
    assert.equal(trace.rows.filter(([kind]) => kind === "cut").length >= 10, true);
    assert.doesNotMatch(JSON.stringify(trace), /verdict|score|token/);
    await assertClean(page);
  });

  test("the developers' panel says when the record takes no more", async () => {
    const page = await visit({ model: "mixed-30-v2", fps: "5", dev: "" });
    await page.start();
    await page.until("capturing");
    assert.equal(await page.page.isVisible("#panel-full"), false);
    await page.page.$eval("liveness-check", ({ trace: { rows } }) => rows.push(...Array(6_000 - rows.length).fill(["extended", 0])));
    await page.page.waitForSelector("#panel-full", { timeout: 5_000 });
    await page.cancel();
    await page.until("cancelled");
    await page.start();
    await page.until("capturing");
    assert.equal(await page.page.isVisible("#panel-full"), false, "another record has room");
    await page.cancel();
    await page.until("cancelled");
  });

  test("the developers' panel shows the model in use whatever the gateway's list says, and stays within the page", async () => {
    const listed = (models) => ({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ models }) });
    const odd = [null, 1, { id: 1, min_frames: 2 }, { id: "odd", min_frames: { toString: 1 } }, { id: "W".repeat(500), min_frames: 3 }];
    const twice = Array(2).fill({ id: QUICK.model, min_frames: 10 });
    const page = await visit();
    for (const [answer, last, count] of [
      [{ status: 500, body: "no" }, QUICK.model, 2],
      [listed("none"), QUICK.model, 2],
      [listed([...odd, ...twice]), `${QUICK.model} (10 pictures)`, 4],
    ]) {
      world.proxy.rules.unshift(({ path }) => (path === "/api/v1/models" ? answer : undefined));
      await page.open({ ...QUICK, dev: "" });
      await page.page.waitForFunction(([label, length]) => {
        const { options, selectedOptions } = document.getElementById("panel-model");
        return options.length === length && selectedOptions[0].text === label;
      }, [last, count]);
      assert.ok(await page.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    }
    await assertClean(page, { consoleErrors: NETWORK_NOISE });
  });

  test("works below a path that a proxy takes away", async () => {
    const prefix = "/some/where";
    world.proxy.rules.push((exchange) => {
      if (exchange.url.startsWith(`${prefix}/`)) exchange.url = exchange.url.slice(prefix.length);
      return undefined;
    });
    const page = await visit();
    await page.page.goto(`${world.proxy.origin}${prefix}/?${new URLSearchParams(QUICK)}`);
    world.proxy.exchanges.length = 0;
    await page.start();
    assertVerdict(await page.ended());
    assert.ok(world.proxy.exchanges.length > 10);
    assert.deepEqual(world.proxy.exchanges.filter(({ path }) => !path.startsWith(`${prefix}/`)).map(({ path }) => path), []);
    await page.page.goto(`${world.proxy.origin}${prefix}/gallery.html`);
    await page.page.waitForSelector("liveness-check #start");
    await assertClean(page);
  });

  test("in a sandbox that lets no script in, a sentence says so", async () => {
    const body = `<!doctype html><iframe src="/" sandbox="allow-scripts" width="600" height="500"></iframe>`;
    world.proxy.rules.push(({ path }) => (path === "/outer" ? { status: 200, headers: { "content-type": "text/html" }, body } : undefined));
    const page = await visit();
    await page.page.goto(`${world.proxy.origin}/outer`);
    const sentence = page.page.frameLocator("iframe").locator("#unloaded");
    await sentence.waitFor({ state: "visible", timeout: 10_000 });
    assert.match(await sentence.textContent(), /open it in its own tab/);
  });

  for (const [width, height] of [[320, 568], [390, 844], [844, 390], [768, 1024], [1280, 800], [3840, 2160]]) {
    test(`fits ${width} x ${height} in every view`, async () => {
      // The verdict is held back to leave time for measuring.
      let letGo;
      const release = new Promise((resolve) => (letGo = resolve));
      world.proxy.rules.push((exchange) => (isComplete(exchange) ? { release } : undefined));
      const page = await visit(QUICK, { context: { viewport: { width, height } }, init: [[coveredAndOther]] });
      const cameras = async (what) => {
        await page.page.waitForSelector("#camera", { timeout: 5_000 }).catch(() => assert.fail(`${what}: no choice of cameras`));
        const { x, width: wide } = await page.page.locator("#camera").boundingBox();
        assert.ok(x >= 0 && x + wide <= width, `${what}: the choice of cameras is out of view`);
      };
      const fits = async (what) => {
        const { wide, reach } = await page.page.evaluate(() => ({
          wide: document.documentElement.scrollWidth - innerWidth,
          // The main button, whichever it is, must be reachable without scrolling.
          reach: [...document.querySelector("liveness-check").shadowRoot.querySelectorAll("#start, #cancel")].filter((button) => button.offsetParent).map((button) => {
            const { top, bottom, left, right } = button.getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
          }),
        }));
        assert.ok(wide <= 0, `${what}: ${wide} pixels too wide`);
        assert.deepEqual(reach, [true], `${what}: the button must be in view`);
      };
      await fits("intro");
      await cameras("intro");
      await page.page.selectOption("#camera", "b");
      await page.start();
      await page.until(["capturing", "uploading", "verifying"]);
      await fits("running");
      const stage = await page.page.locator(".stage").boundingBox();
      assert.ok(stage.width >= 200 && stage.height >= 180, `the preview is ${stage.width} x ${stage.height}`);
      assert.ok(stage.y >= 0 && stage.y + stage.height <= height, "the whole preview must be in view");
      letGo();
      assertVerdict(await page.ended());
      await fits("result");
      await page.page.evaluate(() => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotReadableError"))));
      await page.start();
      await page.until("failed");
      await fits("failure");
      await cameras("failure");
    });
  }

  test("the ring is full when every picture is taken, and on a phone nothing overlaps", async () => {
    let letGo;
    const release = new Promise((resolve) => (letGo = resolve));
    world.proxy.rules.push((exchange) => (isCrop(exchange) ? { release } : undefined));
    const page = await visit({ model: "mixed-10-v2", fps: "5" }, { context: { viewport: { width: 390, height: 700 } } });
    const ring = () => page.page.getAttribute("#ring", "stroke-dasharray");
    await page.start();
    await page.until("capturing");
    assert.ok(parseFloat(await ring()) < 60);
    // Nothing has been acknowledged yet.
    await page.until("uploading");
    assert.deepEqual([await ring(), await page.page.textContent("#count")], ["100 100", "0 of 10 sent"]);
    await page.cancel();
    await page.until("cancelled");
    letGo();
    // The notice and the buttons stay in view and cover what is under them with their own background.
    const seen = await page.page.evaluate(() => {
      const inside = document.querySelector("liveness-check").shadowRoot;
      const { left, top } = inside.getElementById("notice").getBoundingClientRect();
      const colour = getComputedStyle(inside.querySelector(".actions")).backgroundColor;
      return { top: inside.elementFromPoint(left + 5, top + 5)?.closest(".actions") != null, colour };
    });
    assert.equal(seen.top, true);
    assert.match(seen.colour, /^rgb\(/, "opaque");
  });

  test("the preview is mirrored, except for a file", async () => {
    const page = await visit({ model: "mixed-10-v2", fps: "5" });
    const transform = () => page.page.$eval("#preview", (video) => getComputedStyle(video).transform);
    await page.start();
    await page.until("capturing");
    assert.match(await transform(), /^matrix\(-1, /);
    assert.equal(await page.page.$eval("#preview", (video) => getComputedStyle(video).opacity !== "0" && video.videoWidth > 0), true);
    assert.match(await page.page.textContent("#badge"), /camera on/i);
    await page.cancel();
    await page.until("cancelled");
    assert.equal(await page.page.isVisible("#badge"), false);
    await page.page.setInputFiles("#file", await drawnFile());
    await page.until("capturing");
    assert.equal(await transform(), "none");
    await page.cancel();
  });

  test("nothing moves for people who prefer reduced motion", async () => {
    for (const reducedMotion of ["no-preference", "reduce"]) {
      const page = await visit({ model: "mixed-10-v2", fps: "5" }, { context: { reducedMotion } });
      await page.page.evaluate(() => {
        globalThis.__moved = new Set();
        // A document's own list leaves out what moves in shadow trees.
        const roots = [document, document.querySelector("liveness-check").shadowRoot];
        const look = () => {
          for (const { animationName, transitionProperty } of roots.flatMap((root) => root.getAnimations())) globalThis.__moved.add(animationName ?? transitionProperty);
          requestAnimationFrame(look);
        };
        look();
      });
      await page.start();
      await page.until("capturing");
      const moved = await page.page.evaluate(() => [...globalThis.__moved]);
      if (reducedMotion === "reduce") assert.deepEqual(moved, []);
      else assert.ok(moved.includes("travel"), `${moved}`);
    }
  });

  const VERDICTS = { fake: [/^No live person/, /photo or a screen/], inconclusive: [/^No clear answer/, /not a failure/] };
  for (const verdict of Object.keys(VERDICTS)) {
    test(`a verdict of ${verdict} is explained in words, with its score`, async () => {
      world.proxy.rules.push((exchange) => (isComplete(exchange) ? { rewrite: (answer) => answerWith(answer, verdict, 41.5) } : undefined));
      const page = await visit();
      await page.start();
      const app = await page.ended();
      assertVerdict(app);
      assert.deepEqual([app.verdict, app.score], [verdict, "41.5"]);
      assert.equal(await page.page.textContent("#score-number"), "42");
      const words = await page.page.textContent("#result-text");
      const [title, says] = VERDICTS[verdict];
      assert.match(await page.page.textContent("#result-title"), title);
      assert.match(words, says);
      assert.match(await page.page.textContent("#warnings"), /too dark/);
    });
  }
});
