// Experiments: jsPsych itself, on another origin than the gateway.
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { tool } from "../lib/tools.mjs";
import { assertVerdict } from "../lib/visit.mjs";
import { START, assertCode, failAgain, prepared, tryAgain, withGateway } from "./surveys.mjs";

/** As on Pavlovia or JATOS: a folder of files, with jsPsych's own classic script in it. */
async function experiment(world, name) {
  const given = await prepared(world, name, "jspsych");
  for (const [package_, file, as] of [["jspsych", "dist/index.browser.min.js", "index.browser.min.js"], ["jspsych", "css/jspsych.css", "jspsych.css"]]) {
    await cp(await tool(package_, file), join(given.folder, "jspsych", as));
  }
  return given;
}

const take = (world, given, path, options = {}) =>
  withGateway(world, given, ({ origin }) =>
    world.static({ root: given.folder, gateway: null, ...options.server }, ({ url }) => world.check(`${url}${path}`, { origins: [origin], ...options })),
  );

const CONTINUE = "liveness-check button[slot=actions]";
const click = (selector) => (tab) => tab.click(selector, { timeout: 30_000 });

/** The trial's row; it was begun and ended once, and the next trial was whole. */
function rowOf({ result }) {
  assert.deepEqual([result.rows, result.loads, result.second], ["2", "1", "true"], JSON.stringify(result));
  return JSON.parse(result.row);
}
const scenario = (parameters) => `scenario.html?${new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]))}`;

/** The session of the verdict that is shown, and of no other before it. */
const verdict = (tab, before = null) =>
  tab.waitForFunction((before) => [document.querySelector("liveness-check").value].find((session) => session && session !== before), before, { timeout: 30_000 }).then((found) => found.jsonValue());

/** The session of the check that runs when its trial ends, if it has one by then; fails if the trial does not end. */
async function sessionAtTheEnd(tab) {
  const check = await tab.waitForSelector("liveness-check", { state: "attached" });
  return check.evaluate(
    (check) =>
      new Promise((done, fail) => {
        setTimeout(() => fail(new Error("the trial has not ended")), 30_000);
        const look = () => {
          if (!check.isConnected) done(check.snapshot.sessionId);
        };
        new MutationObserver(look).observe(document, { childList: true, subtree: true });
        look();
      }),
  );
}

export const experiments = [
  {
    name: "jsPsych 8, classic scripts: the documented page",
    prepare: (world) => experiment(world, "jspsych-page"),
    async run(world, given) {
      const done = await take(world, given, "index.html", {
        open: async (tab) => {
          await tab.click(START);
          await tab.click(CONTINUE, { timeout: 30_000 });
          await tab.waitForFunction(() => document.body.textContent.startsWith("["));
          const [row] = JSON.parse(await tab.textContent("body"));
          await tab.evaluate((row) => Object.assign(document.body.dataset, row), { ...row, duration: `${row.duration}` });
        },
      });
      assertVerdict(done);
      const { result } = done;
      assert.deepEqual([result.trial_type, result.plugin_version, result.status], ["liveness", "0.1.0", "complete"]);
      assert.match(result.liveness_session, /^[0-9a-f-]{36}$/);
      assert.ok(Number(result.duration) > 500, result.duration);
    },
  },
  {
    name: "jsPsych 8, Vite build: with the camera of initialize-camera",
    async prepare() {
      const folder = await project("jspsych-vite", { template: "jspsych-vite" });
      await run("node", [await tool("vite8", "bin/vite.js"), "build"], { cwd: folder });
      return join(folder, "dist");
    },
    run: (world, root) =>
      world.static({ root }, async ({ url }) => {
        const open = async (tab) => {
          await tab.click("#btn-select-camera");
          await tab.click(START);
        };
        const done = await world.check(url, { open });
        assertVerdict(done);
        // Two by initialize-camera, which asks first and then opens the chosen one; none by the check, and none is stopped.
        assert.deepEqual([done.result.opened, done.result.live], ["2", "1"]);
        assert.ok(JSON.parse(done.result.row).rt >= 1_500, "the result was shown");
      }),
  },
  {
    name: "jsPsych 8: another attempt after a verdict, with a time for the result",
    prepare: (world) => experiment(world, "jspsych-again"),
    async run(world, given) {
      const parameters = { trial: { auto_start: true, model: "mixed-10-v2", result_duration: 1_000 } };
      let session = "";
      const cancelled = await take(world, given, scenario(parameters), {
        open: async (tab) => {
          await tab.waitForSelector("liveness-check");
          session = await verdict(tab);
          await tryAgain(tab);
          await tab.waitForTimeout(1_500);
          await tab.click("liveness-check #cancel");
        },
      });
      const kept = rowOf(cancelled);
      assert.deepEqual([kept.status, kept.liveness_session], ["complete", session]);
      const again = await take(world, given, scenario(parameters), {
        open: async (tab) => {
          await tab.waitForSelector("liveness-check");
          const first = await verdict(tab);
          await tab.click("liveness-check #start");
          session = await verdict(tab, first);
        },
      });
      const newest = rowOf(again);
      assert.deepEqual([newest.status, newest.liveness_session, newest.attempts], ["complete", session, 2]);
      assertVerdict(again);
    },
  },
  {
    name: "jsPsych 8: simulation, refusals, time limit, abortion",
    prepare: (world) => experiment(world, "jspsych-scenarios"),
    async run(world, given) {
      for (const simulate of ["data-only", "visual"]) {
        const options = { default: { data: { verdict: "fake", rt: 400 } } };
        const row = rowOf(await take(world, given, scenario({ simulate, options })));
        assert.deepEqual([row.status, row.verdict, row.rt, row.error], ["complete", "fake", 400, null]);
        assert.match(row.liveness_session, /^simulated-/);
        // The experiment's own, which must not be in the way.
        assert.equal(row.session_id, "Prolific's");
      }
      const hurried = rowOf(await take(world, given, scenario({ simulate: "visual", trial: { trial_duration: 300 }, options: { default: { data: { rt: 400 } } } })));
      assert.deepEqual([hurried.status, hurried.verdict, hurried.rt], ["timeout", null, 300]);
      assert.match(hurried.liveness_session, /^simulated-/);
      for (const trial of [{ result: "server" }, { attributes: { result: "server" } }]) {
        const withheld = await take(world, given, scenario({ simulate: "data-only", trial }));
        assertCode(withheld, "complete");
      }

      const refused = await take(world, given, scenario({ refuse: "", trial: { auto_start: true } }), { open: click(CONTINUE) });
      assertCode(refused, "camera_denied");
      assert.deepEqual([rowOf(refused).status, rowOf(refused).attempts], ["failed", 1]);

      // Two reasons, of which the second alone would have let nobody go on.
      const both = await take(world, given, scenario({ refuse: "", trial: { auto_start: true, on_failed: "wait" } }), {
        open: async (tab) => {
          await tab.waitForSelector(CONTINUE);
          await failAgain(tab);
          await tab.click(CONTINUE);
        },
      });
      assertCode(both, "network_error");
      rowOf(both);

      const aborted = await take(world, given, scenario({ refuse: "", trial: { auto_start: true, on_refused: "abort", abort_message: "No camera, no study." } }));
      assertCode(aborted, "camera_denied");
      assert.deepEqual([aborted.result.rows, aborted.result.text], ["1", "No camera, no study."]);

      const waiting = await take(world, given, scenario({ refuse: "", trial: { auto_start: true, on_refused: "wait" } }), {
        open: async (tab) => {
          await tab.waitForSelector('liveness-check [data-view="failure"]');
          assert.equal(await tab.$(CONTINUE), null);
          await tab.evaluate(() => globalThis.jsPsych.finishTrial({ status: "skipped" }));
        },
      });
      assertCode(waiting, "skipped");
      rowOf(waiting);

      // In the middle of a check, wherever that is on this machine: the camera goes off with the trial.
      let session;
      const late = await take(world, given, scenario({ trial: { auto_start: true, model: "mixed-120-v2", trial_duration: 8_000 } }), {
        open: async (tab) => (session = await sessionAtTheEnd(tab)),
      });
      assertCode(late, "timeout");
      assert.match(session, /^[0-9a-f-]{36}$/);
      assert.equal(rowOf(late).liveness_session, session);
      // Who cancels is in the same trial, which only its time ends.
      const cancelled = rowOf(await take(world, given, scenario({ trial: { auto_start: true, model: "mixed-120-v2", trial_duration: 5_000 } }), { open: click("liveness-check #cancel") }));
      assert.deepEqual([cancelled.status, cancelled.attempts], ["timeout", 1]);
      const ended = await take(world, given, scenario({ trial: { auto_start: true, model: "mixed-120-v2" } }), {
        open: async (tab) => {
          await tab.waitForSelector('liveness-check [data-view="run"][data-picture]', { timeout: 30_000 });
          await tab.evaluate(() => globalThis.jsPsych.abortExperiment("Thank you.", { stopped: true }));
        },
      });
      assertCode(ended, "aborted");
      assert.deepEqual([ended.result.rows, ended.result.text, JSON.parse(ended.result.row).stopped], ["1", "Thank you.", true]);

      for (const [trial, says] of [
        [{ on_failed: "give up" }, /on_failed must be one of continue, abort, wait/],
        [{ gateway: "liveness.example" }, /gateway must be an address such as https/],
        [{ result: "sever" }, /result must be one of shown, server/],
        [{ attributes: { modle: "mixed-60-v2" } }, /attributes\.modle is no attribute/],
      ]) {
        const wrong = await take(world, given, scenario({ trial }));
        assertCode(wrong, "TypeError");
        assert.match(wrong.result.text, says);
      }
      const without = await take(world, { ...given, missing: /element\.js$/ }, scenario({}));
      assertCode(without, "engine_load_failed");
      assert.equal(rowOf(without).status, "failed");
    },
  },
];
