// What liveness-capture/react promises, tried on the page lab.html: one camera at most, released always.
import assert from "node:assert/strict";
import { instrument } from "../../e2e/lib/instrument.mjs";
import { countWhatStays } from "../../e2e/lib/relay.mjs";

const MOUNTS = 50;
const END_MS = 30_000;
/** Chromium's own: a worker that is ended has no say in what becomes of its frame. */
const BROWSERS_OWN = /favicon|VideoFrame was garbage collected/;

/** Runs in the page: notes the most camera tracks that have been live at once. */
function count() {
  const record = globalThis.__record;
  record.most = 0;
  const look = () => (record.most = Math.max(record.most, record.tracks.filter(({ readyState }) => readyState === "live").length));
  const { mediaDevices } = navigator;
  // There are none in an empty page.
  if (!mediaDevices) return;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  // After whoever has asked for it has been told.
  mediaDevices.getUserMedia = (constraints) => open(constraints).finally(() => setTimeout(look));
  setInterval(look, 5);
}

class Lab {
  constructor(page) {
    this.page = page;
  }

  show = (name, key = 0) => this.page.evaluate(([name, key]) => globalThis.lab.show(name, key), [name, key]);
  hide = () => this.page.evaluate(() => globalThis.lab.hide());
  call = (name, argument) => this.page.evaluate(([name, argument]) => void globalThis.lab.api[name](argument), [name, argument]);
  log = () => this.page.evaluate(() => globalThis.lab.log.splice(0));
  asked = () => this.page.evaluate(() => globalThis.__record.cameraCalls);
  live = () => this.page.evaluate(() => globalThis.__record.tracks.filter(({ readyState }) => readyState === "live").length);

  /** Waits until the log has a line like this; returns all lines so far. */
  async until(pattern) {
    const { source } = pattern;
    await this.page.waitForFunction((source) => globalThis.lab.log.some((line) => new RegExp(source).test(line)), source, { timeout: END_MS, polling: 20 })
      .catch(async (error) => {
        throw new Error(`no ${pattern} in ${JSON.stringify(await this.log())}: ${error.message}`);
      });
    return this.page.evaluate(() => [...globalThis.lab.log]);
  }

  /** Waits until as many tracks are live. */
  async lit(tracks, what) {
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await this.live()) === tracks) return;
      await this.page.waitForTimeout(25);
    }
    assert.equal(await this.live(), tracks, `live tracks: ${what}`);
  }

  /** Takes everything away; no camera may be on, and no worker be left. */
  async clear(what) {
    await this.hide();
    await this.lit(0, what);
    // A worker closes its frames before it is ended.
    const ended = () => globalThis.__record.workers.length === globalThis.__record.endedWorkers.size;
    await this.page.waitForFunction(ended, null, { timeout: END_MS }).catch(() => assert.fail(`workers: ${what}`));
    await this.log();
  }

  /** Listeners on what outlives a check, without those of a video, which go with it; and object URLs. */
  kept = () => this.page.evaluate(() => {
    const { listeners, urls } = globalThis.__stays.count();
    return { listeners: listeners.filter((listener) => !listener.includes("HTMLVideoElement")).sort(), urls };
  });

  async output(pattern) {
    const output = this.page.locator("output", { hasText: pattern });
    await output.waitFor({ timeout: END_MS }).catch(async (error) => {
      throw new Error(`no ${pattern} in ${JSON.stringify(await this.page.locator("#root").innerText())}: ${error.message}`);
    });
    return output.innerText();
  }
}

const VERDICT = /^(live|fake|inconclusive)$/;

/** A check from its mount to its verdict, with callbacks and options that are others at every render. */
async function rendersAnew(lab) {
  const asked = await lab.asked();
  await lab.show("view");
  for (let render = 0; render < 20; render += 1) await lab.call("count");
  const lines = await lab.until(/^verdict/);
  assert.equal((await lab.asked()) - asked, 1, "one camera for one check, in StrictMode and through 20 renders");
  assert.match(lines.find((line) => line.startsWith("verdict")), /^verdict (live|fake|inconclusive) string$/);
  assert.ok(lines.includes("meets true"), lines.join());
  assert.ok(lines.includes("state complete 20"), `the newest callback is called: ${lines.join()}`);
  const times = lines.filter((line) => line.startsWith("frame")).map((line) => Number(line.split(" ")[2]));
  assert.ok(times.length >= 10 && times.some((time) => time > 300), `times of pictures: ${times}`);
  await lab.clear("after a verdict");
}

/** As fast as pages can be left, at whatever moment. */
async function mounts(lab) {
  // Of React's own, which stay with the page, there are as many after the first.
  for (const name of ["view", "hook"]) {
    await lab.show(name);
    await lab.clear("a first mount");
  }
  const before = await lab.kept();
  for (let time = 0; time < MOUNTS; time += 1) {
    await lab.show(time % 2 ? "view" : "hook", time);
    // From before the camera is asked for to after pictures are taken.
    await lab.page.waitForTimeout([0, 10, 40, 120, 350][time % 5]);
    if (time % 3) await lab.hide();
  }
  const lines = await lab.log();
  assert.ok(!lines.some((line) => /^(cancel|error)/.test(line)), `nobody is told who has gone: ${lines.filter((line) => !line.startsWith("frame"))}`);
  await lab.clear(`${MOUNTS} mounts`);
  const after = await lab.kept();
  assert.deepEqual(after, before, `listeners and object URLs that stay after ${MOUNTS} mounts`);
}

/** Everything is loaded by the second time, so that a check which StrictMode ends at once would have asked for its camera. */
async function mountsAgain(lab) {
  for (const [name, cameras] of [["camera", 1], ["effects", 2]]) {
    for (let key = 0; key < 4; key += 1) {
      const asked = await lab.asked();
      await lab.show(name, key);
      await lab.lit(cameras, `${name} ${key}`);
      await lab.page.waitForTimeout(100);
      assert.equal((await lab.asked()) - asked, cameras, `${name} ${key}: one camera asked for each, in StrictMode`);
    }
    await lab.clear(`${name}: mounted again`);
  }
}

async function leavesDuringThePrompt(lab) {
  for (const name of ["view", "hook"]) {
    const asked = await lab.asked();
    await lab.page.evaluate(() => void (globalThis.__record.cameraHold = new Promise((done) => (globalThis.__record.answer = done))));
    await lab.show(name);
    await lab.page.waitForFunction((asked) => globalThis.__record.cameraCalls > asked, asked, { polling: 10 });
    await lab.hide();
    await lab.page.evaluate(() => (globalThis.__record.answer(), (globalThis.__record.cameraHold = null)));
    await lab.page.waitForTimeout(300);
    await lab.clear(`${name}: left during the prompt`);
  }
}

async function refs(lab) {
  const asked = await lab.asked();
  await lab.show("never");
  const lines = await lab.until(/^error/);
  assert.match(lines.find((line) => line.startsWith("error")), /^error invalid_options videoRef\.current is null/);
  assert.equal(await lab.asked(), asked, "nobody is asked for a camera without a video");
  await lab.clear("a ref that stays null");
  await lab.show("late");
  await lab.page.waitForTimeout(100);
  await lab.call("render");
  await lab.lit(1, "a video that comes late");
  await lab.call("unrender");
  await lab.lit(0, "a video that goes");
  await lab.clear("a video that comes and goes");
}

async function suspends(lab) {
  await lab.show("suspense");
  // The view and the hook are two checks.
  await lab.lit(2, "before Suspense");
  await lab.call("suspend");
  await lab.lit(0, "while Suspense hides it");
  await lab.log();
  await lab.page.evaluate(() => globalThis.lab.resume());
  const lines = await lab.until(/^state capturing/);
  assert.equal(lines.find((line) => line.startsWith("state")), "state idle 0", `what was hidden is known to have ended: ${lines}`);
  await lab.clear("after Suspense");
}

/** A result that the page shows itself is said by the element, and the focus goes on. */
async function ownResult(lab) {
  await lab.show("result");
  const check = lab.page.locator("liveness-check");
  await check.getByRole("button", { name: "Start" }).focus();
  await lab.page.keyboard.press("Enter");
  assert.match(await lab.output(/\w/), VERDICT);
  assert.equal(await check.getByRole("heading", { includeHidden: false }).count(), 0, "the element's own result");
  assert.match(await check.locator("#announcer").textContent(), /detected|No clear answer/);
  assert.equal(await lab.page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.id), "start");
  await lab.clear("a result that the page shows");
}

async function gates(lab) {
  await lab.show("gated");
  await lab.until(/^state capturing/);
  await lab.page.waitForFunction(() => globalThis.lab.api.progress.current > 2, null, { timeout: END_MS, polling: 10 });
  await lab.call("gate", false);
  await lab.until(/^sequence reset/);
  await lab.lit(0, "a closed gate, without a stream of the page's");
  await lab.call("gate", true);
  const lines = await lab.until(/^verdict/);
  assert.ok(lines.includes("complete 10"), lines.join());
  await lab.call("restartCapture");
  await lab.lit(1, "restarted");
  await lab.call("reset");
  await lab.lit(0, "reset");
  await lab.clear("gates");
}

async function hooksTogether(lab) {
  const asked = await lab.asked();
  await lab.show("capture");
  await lab.page.getByRole("button", { name: "Camera" }).click();
  await lab.page.getByRole("button", { name: "Start" }).click();
  assert.match(await lab.output(/\w/), VERDICT);
  assert.equal((await lab.asked()) - asked, 1, "the check uses the page's stream");
  await lab.clear("hooks together");
  await lab.show("own");
  await lab.page.getByRole("button", { name: "Start" }).click();
  assert.match(await lab.output(/\w/), VERDICT);
  await lab.clear("a page of one's own");
}

async function modal(lab) {
  const open = () => lab.page.getByRole("button", { name: "Verify" }).click();
  const start = () => lab.page.locator("liveness-check").getByRole("button", { name: "Start" }).click();
  await lab.show("modal");
  await open();
  await start();
  await lab.lit(1, "in a dialog");
  await lab.page.getByRole("button", { name: "Close" }).click();
  await lab.lit(0, "the dialog is closed");
  await open();
  await start();
  assert.match(await lab.output(/\w/), VERDICT);
  await lab.page.keyboard.press("Escape");
  await lab.page.locator("dialog").waitFor({ state: "detached" });
  await lab.clear("a dialog");
}

async function controls(lab) {
  await lab.show("controls");
  await lab.page.locator("liveness-check").waitFor();
  const part = (name) => lab.page.locator(`liveness-check [part~="${name}"]`);
  await lab.page.getByRole("button", { name: "go" }).click();
  await lab.lit(1, "by a button of the page's");
  for (const name of ["start-button", "cancel-button"]) assert.equal(await part(name).isVisible(), false, `the element's own ${name}`);
  assert.equal(await part("guide").isVisible(), false, "the drawing");
  await lab.page.getByRole("button", { name: "halt" }).click();
  await lab.lit(0, "stopped by a button of the page's");
  await lab.output(/^idle$/);
  await lab.page.getByRole("button", { name: "anew" }).click();
  assert.ok((await lab.log()).includes("reset"));
  await lab.page.locator("liveness-check").evaluate((check) => check[Symbol.for("liveness-capture.show")]({ ...check.snapshot, state: "positioning", timeLeftMs: 20_000 }));
  await part("extend-button").waitFor({ timeout: 5_000 });
  assert.equal(await part("cancel-button").isVisible(), false, "no other button comes with more time");
  await lab.clear("buttons of the page's");
}

async function throws(lab, errors, consoleErrors) {
  await lab.show("throwing");
  await lab.until(/^verdict/);
  await lab.clear("callbacks that throw");
  const thrown = errors.splice(0);
  assert.ok(thrown.length > 1 && thrown.every((text) => /of the page's own/.test(text)), `what callbacks throw is in the console: ${thrown}`);
  consoleErrors.length = 0;
}

/** A check in a frame's document, in which React makes elements that are none. */
async function elsewhere(lab, _errors, consoleErrors) {
  await lab.show("foreign");
  for (let tries = 0; tries < 200 && consoleErrors.length === 0; tries += 1) await lab.page.waitForTimeout(25);
  const said = consoleErrors.splice(0);
  assert.ok(said.length > 0 && said.every((text) => /another window.*docs\/react\.md/.test(text)), said.join());
  await lab.output(/there/);
  // It was taken away without a fault: what comes next is drawn.
  await lab.show("moved", 1);
  await lab.until(/^verdict/);
  await lab.clear("in a frame");
}

async function refusals(lab, errors, consoleErrors) {
  await lab.show("models");
  assert.match(await lab.output(/\d/), /^[1-9]\d* \d+$/);
  await lab.log();
  for (let render = 0; render < 5; render += 1) await lab.call("again");
  await lab.page.waitForTimeout(50);
  assert.deepEqual(await lab.log(), [], "the lists of models are the same at every render");
  await lab.show("key");
  assert.match(await lab.output(/apiKey/), /gateway/);
  await lab.clear("an API key");
  // React's own words about what its boundary has caught.
  consoleErrors.length = 0;
  errors.length = 0;
}

/** Everything, or the part of it that differs between versions of React; each step on a page of its own. */
export async function tryEverything(world, url, { thoroughly }) {
  const all = [rendersAnew, mountsAgain, leavesDuringThePrompt, refs, suspends, gates, hooksTogether, modal, controls, ownResult, elsewhere, throws, refusals, mounts];
  const steps = thoroughly ? all : [rendersAnew, mountsAgain, leavesDuringThePrompt, hooksTogether];
  const context = await world.browser.newContext({ viewport: { width: 1024, height: 800 } });
  const [errors, consoleErrors] = [[], []];
  try {
    await context.addInitScript(instrument);
    await context.addInitScript(count);
    await context.addInitScript(countWhatStays);
    context.on("weberror", (error) => errors.push(String(error.error())));
    context.on("console", (message) => message.type() === "error" && consoleErrors.push(message.text()));
    for (const step of steps) {
      const page = await context.newPage();
      await page.goto(url);
      await page.waitForFunction(() => "lab" in globalThis);
      const lab = new Lab(page);
      try {
        await step(lab, errors, consoleErrors);
        const most = await page.evaluate(() => globalThis.__record.most);
        assert.ok(most <= (step === suspends || step === mountsAgain ? 2 : 1), `${most} cameras at once`);
        assert.deepEqual(errors, [], "uncaught errors");
        assert.deepEqual(consoleErrors.filter((text) => !BROWSERS_OWN.test(text)), [], "console errors");
      } catch (error) {
        error.message = `${step.name}: ${error.message}\nthe page said: ${JSON.stringify(await lab.log().catch(() => "nothing"))}`;
        throw error;
      }
      await page.close();
    }
  } finally {
    await context.close();
  }
}
