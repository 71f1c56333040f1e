// A check while the person does something else: no preview, no instructions, but a notice that the camera is on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { suite } from "./lib/suite.mjs";

/** The face comes into the picture late. */
const LATE = { faces: [{ from: 60 }] };

describe("in the background", () => {
  const world = suite();
  const { embed } = integrator(world);

  for (const framePath of ["auto", "video-frame"]) {
    test(`a check without a preview takes its pictures and tells nobody what to do (${framePath})`, async () => {
      const visit = await embed("<body><p>An article.</p>", { camera: drawnCamera(LATE) });
      const told = await visit.page.evaluate(async (framePath) => {
        const { LivenessCheck } = await import("/liveness-capture/index.js");
        const check = new LivenessCheck({ mode: "background", framePath, model: "mixed-10-v2", fps: 15 });
        const [guidance, live] = [new Set(), []];
        check.addEventListener("change", ({ detail }) => {
          guidance.add(detail.guidance);
          live.push(`${detail.state} ${detail.cameraLive}`);
        });
        const { verdict } = await check.start();
        return { verdict, guidance: [...guidance], live: [...new Set(live)], videos: document.querySelectorAll("video").length };
      }, framePath);
      assert.match(told.verdict, /^(live|fake|inconclusive)$/);
      assert.deepEqual(told.guidance, ["wait", "allow-camera", "none", "uploading", "verifying"]);
      assert.ok(told.live.includes("capturing true") && told.live.includes("uploading false") && !told.live.includes("done true"), told.live);
      assert.equal(told.videos, 0);
      await assertClean(visit);
    });
  }

  test("the element shows nothing but that the camera is on, and its button ends it", async () => {
    const visit = await embed(`<body><p><button id="own">Mine</button></p><liveness-check mode="background" model="mixed-10-v2" fps="15"></liveness-check>
      <script type="module">
        import "/liveness-capture/element.js";
        const check = document.querySelector("liveness-check");
        window.heard = [];
        for (const type of ["liveness-state", "liveness-result", "liveness-cancel"]) check.addEventListener(type, ({ detail }) => heard.push(detail?.state ?? type));
      </script>`, { camera: drawnCamera(LATE) });
    const { page } = visit;
    const element = page.locator("liveness-check");
    const shown = () => element.evaluate((own) => [...own.shadowRoot.querySelectorAll("*")].filter((part) => part.checkVisibility({ opacityProperty: true, visibilityProperty: true })).map(({ id }) => id).filter(Boolean));
    await page.waitForFunction(() => document.querySelector("liveness-check").shadowRoot?.querySelector(".app").dataset.ready === "");
    assert.deepEqual(await shown(), [], "before the camera is on");
    await page.focus("#own");
    const start = () => element.evaluate((own) => own.start());
    await start();
    const stop = element.locator("#stop");
    await stop.waitFor();
    assert.deepEqual(await shown(), ["pill", "stop"]);
    assert.equal(await element.locator("#pill").innerText().then((text) => text.replace(/\s+/g, " ")), "Camera on Stop");
    const { width, height } = page.viewportSize();
    const { x, y, ...size } = await element.locator("#pill").boundingBox();
    assert.ok(x + size.width <= width && x > width / 2 && y + size.height <= height && y > height / 2 && size.height < 60, "in a corner of the window");
    assert.equal(await page.evaluate(() => document.activeElement.id), "own", "the focus stays where the person is");
    await page.setViewportSize({ width: 320, height: 640 });
    await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
    for (const locale of ["ar", "de", "en", "es", "fr", "ja", "pt"]) {
      await element.evaluate((own, locale) => (own.locale = locale), locale);
      await page.waitForFunction((locale) => document.querySelector("liveness-check").shadowRoot.querySelector(".app").lang === locale, locale);
      const large = await element.locator("#pill").boundingBox();
      assert.ok(large.x >= 0 && large.x + large.width <= 320 && large.height < 240, `${locale}, large letters in a narrow window: ${JSON.stringify(large)}`);
    }
    await page.evaluate(() => (document.documentElement.style.fontSize = ""));
    await page.setViewportSize({ width, height });
    await element.evaluate((own) => (own.locale = "en"));
    await stop.click();
    await page.waitForFunction(() => heard.includes("liveness-cancel"));
    assert.deepEqual([await shown(), await visit.liveTracks()], [[], 0]);

    await page.evaluate(() => (heard.length = 0));
    await start();
    await page.waitForFunction(() => heard.includes("liveness-result"), undefined, { timeout: 30_000 });
    assert.deepEqual(await shown(), []);
    assert.match(await element.evaluate((own) => own.value), /^[0-9a-f-]{36}$/);
    await assertClean(visit);
  });
});
