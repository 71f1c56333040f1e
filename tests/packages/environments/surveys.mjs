// Surveys: pages that behave like Qualtrics in its two layouts, most of them on another origin than the gateway, whose folder
// has the package's files.
import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TEMPLATES } from "../lib/paths.mjs";
import { installed, project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { assertVerdict } from "../lib/visit.mjs";

/** As the gateway sends its files to pages of allowed origins: by CORS and in no other way. */
const BY_CORS = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "same-origin" };

/** A project whose folder `gateway` holds what a gateway serves, and the port it will be served from. */
export async function prepared(world, name, template, replace = {}) {
  const port = world.port();
  const gateway = `http://127.0.0.1:${port}`;
  const folder = await project(name, { template, replace: { GATEWAY: gateway, ...replace } });
  await cp(join(installed(folder), "dist"), join(folder, "gateway", "liveness-capture"), { recursive: true });
  return { folder, port, gateway };
}

/** Serves the gateway's folder with its API while `work` runs. */
export const withGateway = (world, { folder, port, missing = null }, work) => world.static({ root: join(folder, "gateway"), port, missing, headers: () => BY_CORS }, work);

async function qualtrics(world, name) {
  const given = await prepared(world, name, "qualtrics");
  const file = (path) => readFile(join(given.folder, path), "utf8");
  const classic = (await file("classic.html")).replace("__HEADER__", await file("header.html"));
  const prototype = { type: "text/javascript", html: await readFile(join(TEMPLATES, "old", "prototype_like.js"), "utf8") };
  return { ...given, pages: { "/classic": classic, "/new": await file("new.html"), "/jfe/preview/SV_1": classic, "/prototype.js": prototype } };
}

const NEXT = { classic: "#NextButton", new: "#next-button" };
const BACK = { classic: "#PreviousButton", new: "#previous-button" };
export const START = "liveness-check #start";
const sentence = (tab) => tab.textContent(".liveness-sentence");
const field = (tab, name) => tab.evaluate((name) => window.survey.field(name), name);
const onPage = (tab, index) => tab.waitForSelector(`body[data-page="${index}"]`);

/** Opens a survey in a layout, and does there what `open` says; it is over when its last page is shown. */
const takeSurvey = (world, given, path, open, options = {}) =>
  withGateway(world, given, ({ origin }) =>
    world.static({ root: given.folder, pages: given.pages, gateway: null }, ({ url }) => world.check(`${url}${path}`, { origins: [origin], open, ...options })),
  );

async function passCheck(tab, layout) {
  await tab.waitForSelector(START);
  assert.equal(await tab.isVisible(NEXT[layout]), false, "Next before the check");
  await tab.click(START);
  await tab.waitForSelector(NEXT[layout], { timeout: 30_000 });
}

/** The script is there before the question is. */
async function inHeader(tab, { gateway }) {
  await tab.evaluate((src) => document.head.append(Object.assign(document.createElement("script"), { crossOrigin: "anonymous", src })), `${gateway}/liveness-capture/qualtrics.classic.js`);
  await tab.waitForFunction(() => window.LivenessQualtrics);
}

/** Twenty seconds are over at once. */
const hurried = (tab) =>
  tab.evaluate(() => {
    const { setTimeout } = window;
    window.setTimeout = (work, ms, ...more) => setTimeout(work, ms === 20_000 ? 300 : ms, ...more);
  });

/** No verdict, and nothing left running. */
export function assertCode({ result, visit }, code) {
  assert.equal(result.code, code, JSON.stringify(result));
  assert.equal(visit.live, 0, "camera tracks still live");
  assert.equal(visit.workers, 0, "workers still running");
  assert.deepEqual(visit.errors, [], "uncaught errors");
}

function assertFields({ result }) {
  assert.equal(result.status, "complete");
  assert.match(result.session, /^[0-9a-f-]{36}$/);
  assert.ok(Number(result.score) >= 0 && Number(result.score) <= 100, result.score);
  assert.ok(Number(result.durationMs) > 500, result.durationMs);
  assert.equal(result.question, "QID1");
  assert.equal(result.attempts, "1");
}

/** What the documented script adds to an exported table is what the gateway has decided, and nothing where nothing was. */
async function readAfterwards(world, { folder }, { session, verdict, score }) {
  const gone = "00000000-0000-4000-8000-000000000000";
  // With its further headings, and a comma and a line's end in quotes, as the platform exports it.
  const rows = ["ResponseId,__js_liveness_session,Q2", '"Response ID",__js_liveness_session,"How are you, today?"', '"{""ImportId"":""_recordId""}","{}","{}"', `R_1,${session},"Well,\nthank you"`, `R_2,${gone},`, "R_3,,"];
  const read = (file) => run("python3", ["verdicts.py", world.backEnd.endpoint, file], { cwd: folder, env: { LIVENESS_SERVER_KEY: world.backEnd.serverKey } });
  // With a line that is empty and one that is cut short.
  await writeFile(join(folder, "export.csv"), `\ufeff${rows.join("\n")}\n\nR_4\n`);
  await writeFile(join(folder, "other.csv"), "ResponseId,Q2\nR_1,5\n");
  await assert.rejects(read("other.csv"), /other\.csv has no column liveness_session/);
  const said = await read("export.csv");
  const lines = said.trim().split("\r\n");
  assert.equal(lines.length, rows.length + 1, said);
  assert.match(lines[0], /,gateway_state,gateway_source,gateway_verdict,gateway_score,gateway_warning$/);
  assert.match(lines[3], new RegExp(`",complete,live,${verdict},${score},`), `${lines[3]} is not ${verdict}, ${score}`);
  assert.ok(lines[4].endsWith(",unknown,,,,") && lines[5] === "R_3,,,,,,," && lines[6] === "R_4,,,,,", said);
}

const LAYOUTS = [
  ["classic", "classic layout with Prototype.js, script in the header"],
  ["new", "newer survey experience, script from the question"],
];

const whole = LAYOUTS.map(([layout, name]) => ({
  name: `Qualtrics-like page, ${name}: verdict, Next, Back`,
  prepare: (world) => qualtrics(world, `qualtrics-${layout}`),
  async run(world, given) {
    let tracks = 0;
    const done = await takeSurvey(world, given, layout, async (tab) => {
      await passCheck(tab, layout);
      const session = await field(tab, "liveness_session");
      assert.ok(session, "staged with the page");
      // The classic layout loads its next page anew, and the record of this one is gone.
      tracks = await tab.evaluate(() => globalThis.__record.tracks.length);
      await tab.click(NEXT[layout]);
      await onPage(tab, 1);
      assert.equal(await tab.isVisible(NEXT[layout]), true, "Next on the page after it");
      await tab.click(BACK[layout]);
      await onPage(tab, 0);
      // The check is not asked for again.
      await tab.waitForFunction(() => /done/.test(document.querySelector(".liveness-sentence")?.textContent));
      assert.equal(await tab.isVisible(NEXT[layout]), true, "Next after Back");
      assert.equal(await tab.$("liveness-check"), null);
      assert.equal(await field(tab, "liveness_session"), session);
      await tab.click(NEXT[layout]);
      await onPage(tab, 1);
      await tab.click(NEXT[layout]);
    });
    done.visit.tracks = tracks;
    assertVerdict(done);
    assertFields(done);
    if (layout === "new") await readAfterwards(world, given, done.result);
  },
}));

const refusals = LAYOUTS.map(([layout]) => ({
  name: `Qualtrics-like page, ${layout}: no camera, may go on or must not`,
  prepare: (world) => qualtrics(world, `qualtrics-refused-${layout}`),
  async run(world, given) {
    const passed = await takeSurvey(world, given, `${layout}?refuse`, async (tab) => {
      await passCheck(tab, layout);
      assert.match(await sentence(tab), /without the check/);
      await tab.click(NEXT[layout]);
      await onPage(tab, 1);
      await tab.click(NEXT[layout]);
    });
    assertCode(passed, "camera_denied");
    assert.deepEqual([passed.result.status, passed.result.verdict, passed.result.question], ["passed", "", "QID1"]);
    const stopped = await takeSurvey(world, given, `${layout}?refuse&pages=stop`, async (tab) => {
      await tab.click(START);
      await tab.waitForFunction(() => /needed/.test(document.querySelector(".liveness-sentence")?.textContent));
      assert.equal(await tab.isVisible(NEXT[layout]), false);
      assert.equal(await field(tab, "liveness_status"), "failed");
      await tab.evaluate(() => (document.body.dataset.code = window.survey.field("liveness_error")));
    });
    assertCode(stopped, "camera_denied");
  },
}));

const accidents = {
  name: "Qualtrics-like page: reload, Back in the middle, two questions, preview, mistakes",
  prepare: (world) => qualtrics(world, "qualtrics-accidents"),
  async run(world, given) {
    const reloaded = await takeSurvey(world, given, "new", async (tab) => {
      await tab.waitForSelector(START);
      await tab.evaluate(() => window.survey.redraw());
      await passCheck(tab, "new").catch(() => undefined);
      await tab.waitForFunction(() => /done/.test(document.querySelector(".liveness-sentence")?.textContent), null, { timeout: 30_000 });
      // What was staged is lost with the page; the check is not.
      await tab.reload();
      await tab.waitForFunction(() => /done/.test(document.querySelector(".liveness-sentence")?.textContent));
      await tab.click(NEXT.new);
      await onPage(tab, 1);
      await tab.click(NEXT.new);
    });
    assertFields(reloaded);
    const twice = await takeSurvey(world, given, "classic?pages=two&refuse", async (tab) => {
      await tab.waitForSelector(`#QID5 ${START}`);
      await tab.click(`#QID1 ${START}`);
      await tab.waitForFunction(() => document.querySelector("#QID1 .liveness-sentence").textContent);
      assert.equal(await tab.isVisible(NEXT.classic), false, "the other question holds it");
      await tab.click(`#QID5 ${START}`);
      await tab.waitForSelector(NEXT.classic);
      assert.equal(await field(tab, "second_question"), "QID5");
      await tab.click(NEXT.classic);
      await onPage(tab, 1);
      await tab.click(NEXT.classic);
    });
    assertCode(twice, "camera_denied");
    const previewed = await takeSurvey(world, given, "jfe/preview/SV_1?Q_CHL=preview", async (tab) => {
      await tab.waitForSelector(START);
      assert.match(await sentence(tab), /Preview/);
      await tab.click(NEXT.classic);
      await onPage(tab, 1);
      await tab.click(NEXT.classic);
    });
    assertCode(previewed, "nothing");
    const declined = await takeSurvey(world, given, "new?pages=decline", async (tab) => {
      await tab.click("liveness-check button[slot=actions]");
      // By itself.
      await onPage(tab, 1);
      await tab.click(NEXT.new);
    });
    assertCode(declined, "declined");
    const left = await takeSurvey(world, given, "new?pages=middle", async (tab) => {
      await onPage(tab, 0);
      await tab.click(NEXT.new);
      await tab.click(START);
      await tab.waitForSelector('liveness-check [data-view="run"][data-picture]', { timeout: 30_000 });
      await tab.click(BACK.new);
      await onPage(tab, 0);
      assert.equal(await tab.isVisible(NEXT.new), true);
      await tab.waitForFunction(() => globalThis.__record.tracks.every(({ readyState }) => readyState === "ended"));
      await tab.click(NEXT.new);
      await tab.waitForSelector(START);
      assert.equal(await tab.isVisible(NEXT.new), false, "the check is still to be made");
      await tab.evaluate(() => (document.body.dataset.code = "asked again"));
      // As if the page were closed.
      await tab.evaluate(() => document.querySelector("liveness-check").remove());
    });
    assertCode(left, "asked again");
    const declinedOne = await takeSurvey(world, given, "new?pages=decline-two", async (tab) => {
      await tab.waitForSelector(`#question-QID5 ${START}`);
      await tab.click("#question-QID1 liveness-check button[slot=actions]");
      await tab.waitForTimeout(1_200);
      assert.deepEqual([await tab.getAttribute("body", "data-page"), await tab.isVisible(NEXT.new)], ["0", false], "the other question is still to be done");
      await tab.evaluate(() => (document.body.dataset.code = "still there"));
    });
    assertCode(declinedOne, "still there");
    for (const [file, inHead] of [[/qualtrics\.classic\.js/, false], [/element\.js/, true]]) {
      const unanswered = await takeSurvey(world, given, "new?pages=middle", async (tab) => {
        await onPage(tab, 0);
        if (inHead) await inHeader(tab, given);
        await hurried(tab);
        await tab.route(file, () => undefined);
        await tab.click(NEXT.new);
        await tab.waitForFunction(() => /could not be loaded/.test(document.querySelector("#Questions").textContent));
        await tab.click(NEXT.new);
      });
      assertCode(unanswered, "engine_load_failed");
    }
    const late = await takeSurvey(world, given, "new?pages=middle", async (tab) => {
      await onPage(tab, 0);
      const asked = new Promise((done) => void tab.route(/qualtrics\.classic\.js/, (route) => done(() => route.continue())));
      await tab.click(NEXT.new);
      await onPage(tab, 1);
      await tab.click(BACK.new);
      await onPage(tab, 0);
      // As a question with a time of its own has it.
      await tab.evaluate(() => (document.getElementById("next-button").style.display = "none"));
      const answer = await asked;
      await answer();
      await tab.waitForFunction(() => window.LivenessQualtrics);
      await tab.waitForTimeout(200);
      assert.deepEqual([await tab.isVisible(NEXT.new), await field(tab, "liveness_status")], [false, undefined], "nothing happens on another page");
      await tab.evaluate(() => (document.body.dataset.code = "left alone"));
    });
    assertCode(late, "left alone");
    const without = await takeSurvey(world, { ...given, missing: /element\.js$/ }, "classic", async (tab) => {
      await tab.waitForFunction(() => /Reload this page/.test(document.querySelector(".liveness-sentence")?.textContent));
      await tab.click(NEXT.classic);
      await onPage(tab, 1);
      await tab.click(NEXT.classic);
    });
    assertCode(without, "engine_load_failed");
    for (const [pages, code, says] of [
      ["nowhere", "no_container", null],
      ["wrong", "invalid_options", /refused must be/],
      ["into", "invalid_options", /into names nothing in the question: \.nowhere/],
      ["misspelt", "invalid_options", /attributes\.modle is no attribute/],
      ["lost", "engine_load_failed", /could not be loaded/],
    ]) {
      const done = await takeSurvey(world, given, `new?pages=${pages}`, async (tab) => {
        await onPage(tab, 0);
        if (says) await tab.waitForFunction((says) => new RegExp(says).test(document.body.textContent), says.source);
        await tab.waitForSelector(NEXT.new);
        await tab.waitForTimeout(700);
        await tab.click(NEXT.new);
        await onPage(tab, 1);
        await tab.click(NEXT.new);
      });
      assertCode(done, code);
    }
  },
};

/** A check that goes on until it is cancelled. */
export const tryAgain = (tab) => tab.evaluate(() => Object.assign(document.querySelector("liveness-check"), { model: "mixed-120-v2" }).start());

/** Another attempt that fails, for another reason than the camera. */
export const failAgain = (tab) =>
  tab.evaluate(() => {
    const check = document.querySelector("liveness-check");
    check.dispatchEvent(new CustomEvent("liveness-error", { detail: { code: "network_error", retriable: true } }));
  });

const final = {
  name: "Qualtrics-like page: an outcome that no later press, attempt or timer takes away",
  prepare: (world) => qualtrics(world, "qualtrics-final"),
  async run(world, given) {
    const done = await takeSurvey(world, given, "new?pages=final", async (tab) => {
      await tab.waitForSelector(START);
      const decline = await tab.waitForSelector("liveness-check button[slot=actions]");
      await tab.click(START);
      await tab.waitForSelector(NEXT.new, { timeout: 30_000 });
      await tryAgain(tab);
      const session = await field(tab, "liveness_session");
      assert.equal(await decline.evaluate((button) => button.isConnected), false, "nothing is left to decline");
      await decline.evaluate((button) => button.click());
      // Longer than the result is shown.
      await tab.waitForTimeout(2_200);
      assert.deepEqual([await tab.getAttribute("body", "data-page"), await tab.isVisible("liveness-check #cancel")], ["0", true], "the other check goes on");
      await tab.click("liveness-check #cancel");
      assert.deepEqual([await field(tab, "liveness_status"), await field(tab, "liveness_session")], ["complete", session]);
      // By itself, as it would have before.
      await onPage(tab, 1);
      await tab.click(NEXT.new);
    });
    assertFields(done);
    const passed = await takeSurvey(world, given, "new?pages=refused&refuse", async (tab) => {
      await passCheck(tab, "new");
      const state = async () => [await field(tab, "liveness_status"), await field(tab, "liveness_error"), await tab.isVisible(NEXT.new), /without the check/.test(await sentence(tab))];
      await tab.evaluate(() => (navigator.mediaDevices.getUserMedia = () => new Promise(() => undefined)));
      await tryAgain(tab);
      await tab.click("liveness-check #cancel");
      assert.deepEqual(await state(), ["passed", "camera_denied", true, true], "cancelled");
      await failAgain(tab);
      assert.deepEqual(await state(), ["passed", "network_error", true, true], "failed, where that alone would have kept the person");
      await tab.click(NEXT.new);
      await onPage(tab, 1);
      await tab.click(NEXT.new);
    });
    assertCode(passed, "network_error");
  },
};

/** Without a script of ours in the survey: the gateway's page in a frame, and a page before the survey. */
const withoutScripts = {
  name: "Qualtrics-like page: the frame in a question, and the check before the survey",
  async prepare(world) {
    const port = world.port();
    const site = `http://127.0.0.1:${port}`;
    const folder = await project("qualtrics-frame", { template: "qualtrics", replace: { GATEWAY: world.gateway, SITE: site, SURVEY: `${site}/new` } });
    return { folder, port, html: await readFile(join(folder, "new.html"), "utf8") };
  },
  async run(world, { folder, port, html }) {
    const take = (path, open) => world.static({ root: folder, port, pages: { "/new": html }, gateway: null }, ({ url }) => world.check(`${url}${path}`, { open }));
    const framed = await take("new?pages=frame", async (tab) => {
      const frame = tab.frameLocator("#liveness");
      await frame.locator(START).click();
      await tab.waitForSelector(NEXT.new, { timeout: 30_000 });
      assert.match(await field(tab, "liveness_session"), /^[0-9a-f-]{36}$/);
      // Another attempt, which fails.
      const [, inside] = tab.frames();
      await inside.evaluate(() => parent.postMessage({ liveness: 1, type: "error", code: "camera_denied" }, "*"));
      await tab.waitForTimeout(100);
      await tab.click(NEXT.new);
      await onPage(tab, 1);
      await tab.click(NEXT.new);
    });
    assert.equal(framed.result.status, "complete");
    assert.match(framed.result.verdict, /^(live|fake|inconclusive)$/);
    const before = await take("before.html", async (tab) => {
      await tab.click(START);
      await tab.waitForURL(/liveness_session=/, { timeout: 30_000 });
      // The survey's own address, with the page that has a question and nothing else.
      await tab.goto(tab.url().replace("new?", "new?pages=plain&"));
      await tab.click(NEXT.new);
    });
    assertCode(before, "complete");
    assert.match(before.result.session, /^[0-9a-f-]{36}$/);
  },
};

export const surveys = [...whole, ...refusals, accidents, final, withoutScripts];
