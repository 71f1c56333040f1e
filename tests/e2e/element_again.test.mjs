// <liveness-check> begun anew, set back, interrupted by its own listeners, and taken elsewhere: what the page is told of it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { suite } from "./lib/suite.mjs";

const QUICK = `model="mixed-10-v2" fps="15"`;
const SCRIPT = `<script type="module" src="/liveness-capture/element.js"></script>`;
const VERDICT = /^(live|fake|inconclusive)$/;

describe("the element, again", () => {
  const world = suite();
  const { embed } = integrator(world);

  /** A page with this body; `__told` gets the events, a state as itself and the others by their names. */
  async function shop(body, options = {}) {
    const visit = await embed(`<body>${body}${SCRIPT}`, { camera: drawnCamera(), ...options });
    await visit.page.evaluate(async () => {
      await customElements.whenDefined("liveness-check");
      globalThis.__told = [];
      for (const name of ["state", "guidance", "result", "error", "cancel"]) {
        const note = ({ detail }) => globalThis.__told.push(name === "state" ? detail.state : name === "guidance" ? `says ${detail.guidance}` : name);
        document.addEventListener(`liveness-${name}`, note);
      }
    });
    return visit;
  }

  const CHECK = `<liveness-check id="check" ${QUICK}></liveness-check>`;
  const inState = (visit, ...states) =>
    visit.page.waitForFunction((states) => states.includes(globalThis.check.snapshot.state), states, { timeout: 30_000, polling: 20 });
  const told = (visit) => visit.page.evaluate(() => globalThis.__told.splice(0));
  const states = (events) => events.filter((event) => !event.startsWith("says"));

  test("retry() takes the place of what is running: nobody has cancelled, and there is one verdict", async () => {
    const visit = await shop(CHECK);
    await visit.page.evaluate(() => globalThis.check.start());
    await inState(visit, "positioning", "capturing");
    await visit.page.evaluate(() => globalThis.check.retry());
    await inState(visit, "done");
    const events = states(await told(visit));
    assert.deepEqual(events.filter((event) => ["result", "error", "cancel", "cancelled"].includes(event)), ["result"]);
    assert.deepEqual(events.filter((event) => /idle|requesting/.test(event)), ["requesting-camera", "idle", "requesting-camera"], "which another camera does not tell");
    await visit.page.evaluate(() => globalThis.check.retry());
    await inState(visit, "done");
    assert.deepEqual(states(await told(visit)).filter((event) => ["idle", "result", "cancel"].includes(event)), ["result"], "after the end it is a start");
    await visit.page.evaluate(() => {
      globalThis.check.start();
      globalThis.check.setAttribute("disabled", "");
      globalThis.check.retry();
    });
    assert.equal(states(await told(visit)).at(-1), "cancel", "where nothing may start, it is the end");
    await assertClean(visit);
  });

  test("what is set back is told, by reset() and by the form, once", async () => {
    const visit = await shop(`<form id="form">${CHECK}<input id="other"></form>`);
    for (const reset of ["check.reset()", "form.reset()"]) {
      await visit.page.evaluate(() => globalThis.check.start());
      await inState(visit, "done");
      await told(visit);
      const kept = await visit.page.evaluate((reset) => {
        let { snapshot } = globalThis.check;
        globalThis.check.addEventListener("liveness-state", ({ detail }) => ({ snapshot } = detail), { once: true });
        for (let time = 0; time < 2; time += 1) new Function(reset)();
        return [snapshot.state, snapshot.verdict, snapshot.progress, globalThis.check.value];
      }, reset);
      assert.deepEqual(kept, ["idle", null, 0, null], reset);
      assert.deepEqual(states(await told(visit)), ["idle"], reset);
    }
    // From the result's heading, which is no longer there; and from nowhere else.
    for (const [from, expected] of [["#result-title", "start"], ["#other", "other"]]) {
      await visit.page.evaluate(() => globalThis.check.start());
      await inState(visit, "done");
      await visit.page.focus(from);
      await visit.page.evaluate(() => globalThis.check.reset());
      // As long as a browser takes to see that what has the focus is gone.
      await visit.page.evaluate(() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen))));
      assert.equal(await visit.focused(), expected);
    }
    await told(visit);
    await visit.page.evaluate(() => globalThis.check.start());
    await inState(visit, "positioning", "capturing");
    await told(visit);
    await visit.page.evaluate(() => globalThis.check.reset());
    assert.deepEqual(states(await told(visit)), ["cancelled", "cancel", "idle"], "who is interrupted is told so first");
    // Whoever begins another one when told so has it.
    await visit.page.evaluate(() => {
      globalThis.check.start();
      globalThis.check.addEventListener("liveness-cancel", () => globalThis.check.start(), { once: true });
      globalThis.check.reset();
    });
    await inState(visit, "done");
    assert.match(await visit.page.evaluate(() => globalThis.check.snapshot.verdict.verdict), VERDICT);
    await assertClean(visit);
  });

  test("a listener that ends the check is told nothing afterwards of what it has ended", async () => {
    const visit = await shop(CHECK);
    for (const [act, at, end] of [["cancel", "capturing", "cancelled"], ["reset", "done", "idle"], ["retry", "positioning", "done"]]) {
      await visit.page.evaluate(([act, at]) => {
        const { check } = globalThis;
        check.addEventListener("liveness-state", function once({ detail }) {
          if (detail.state !== at) return;
          check.removeEventListener("liveness-state", once);
          globalThis.__told.length = 0;
          check[act]();
          globalThis.__after = globalThis.__told.length;
        });
        check.start();
      }, [act, at]);
      await inState(visit, end);
      const after = (await told(visit)).slice(await visit.page.evaluate(() => globalThis.__after));
      if (act === "retry") assert.deepEqual(states(after).at(-1), "result");
      else assert.deepEqual(after, [], act);
    }
    await assertClean(visit);
  });

  test("one that is in no page is cancelled at the end of the task, and its camera is off", async () => {
    const visit = await shop(CHECK);
    await inState(visit, "idle");
    const { page } = visit;
    await page.evaluate(() => globalThis.check.start());
    await inState(visit, "positioning", "capturing");
    await page.evaluate(async () => {
      const { check } = globalThis;
      check.remove();
      await new Promise((resolve) => setTimeout(resolve, 50));
      // As where a route was left while a script awaited something.
      globalThis.check = check;
      check.start();
    });
    await inState(visit, "cancelled");
    await page.waitForTimeout(500);
    assert.equal(await visit.liveTracks(), 0);
    // Whoever starts it on its way into the page has it.
    await page.evaluate(() => {
      globalThis.check.start();
      document.body.append(globalThis.check);
    });
    await inState(visit, "done");
    await assertClean(visit);
  });

  test("whoever starts it again when told that it is taken away, or that the page leaves, starts nothing", async () => {
    const visit = await shop(CHECK);
    await inState(visit, "idle");
    const { page } = visit;
    await page.evaluate(() => {
      const { check } = globalThis;
      globalThis.check = check;
      globalThis.__again = () => check.start();
      globalThis.__told.cancels = 0;
      check.addEventListener("liveness-cancel", () => {
        globalThis.__told.cancels += 1;
        globalThis.__again();
      });
    });
    const cancels = () => page.evaluate(() => globalThis.__told.cancels);
    let expected = 0;
    for (const [again, end] of [
      [() => globalThis.check.start(), () => globalThis.check.remove()],
      [() => globalThis.check.retry(), () => globalThis.check.remove()],
      [() => globalThis.check.start(), () => globalThis.dispatchEvent(new Event("pagehide"))],
      // Moved within its page, it still hears of that before the check does.
      [() => globalThis.check.start(), () => (document.body.append(globalThis.check), globalThis.dispatchEvent(new Event("pagehide")))],
    ]) {
      await page.evaluate((again) => {
        globalThis.__again = new Function(`(${again})()`);
        document.body.append(globalThis.check);
        globalThis.check.start();
      }, `${again}`);
      await inState(visit, "positioning", "capturing");
      await page.evaluate(end);
      await inState(visit, "cancelled");
      await page.waitForTimeout(300);
      expected += 1;
      assert.deepEqual([await cancels(), await page.evaluate(() => globalThis.check.snapshot.state), await visit.liveTracks()], [expected, "cancelled", 0], `${again} ${end}`);
    }
    await page.evaluate(() => {
      globalThis.check.start();
      globalThis.__again = () => {
        document.body.append(globalThis.check);
        globalThis.check.start();
      };
    });
    await inState(visit, "positioning", "capturing");
    await page.evaluate(() => globalThis.check.remove());
    await inState(visit, "done");
    await assertClean(visit);
  });

  for (const [where, open] of [
    ["a window", () => globalThis.open("", "", "popup,width=480,height=760")],
    ["a frame", () => document.body.appendChild(document.createElement("iframe")).contentWindow],
  ]) {
    test(`moved into ${where}, it ends when that is closed, unless it is taken back in time`, async () => {
      const visit = await shop(CHECK);
      const { page } = visit;
      const move = (takesBack) =>
        page.evaluate(([open, takesBack]) => {
          const { check } = globalThis;
          globalThis.check = check;
          const other = new Function(`return (${open})()`)();
          globalThis.__other = other;
          other.document.body.append(check);
          if (takesBack) other.addEventListener("pagehide", () => document.body.append(check));
        }, [`${open}`, takesBack]);
      const close = () => page.evaluate(() => {
        const { frameElement } = globalThis.__other;
        if (frameElement) frameElement.remove();
        else globalThis.__other.close();
      });
      await page.evaluate(() => globalThis.check.start());
      await inState(visit, "positioning", "capturing");
      await move(true);
      await close();
      await inState(visit, "done");
      await told(visit);
      await move(false);
      await page.evaluate(() => globalThis.check.start());
      await inState(visit, "positioning", "capturing");
      await close();
      await inState(visit, "cancelled");
      assert.equal(await visit.liveTracks(), 0);
      await page.evaluate(() => globalThis.check.start());
      await page.waitForTimeout(300);
      assert.equal(await page.evaluate(() => globalThis.check.snapshot.state), "cancelled", "what is left of it shows nobody that the camera is on");
      assert.equal(await visit.liveTracks(), 0);
      await assertClean(visit);
    });
  }
});
