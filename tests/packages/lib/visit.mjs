// One check in a page somebody else might have written, and what holds for every one of them.
import assert from "node:assert/strict";
import { instrument } from "../../e2e/lib/instrument.mjs";

const VERDICT_MS = 30_000;
const BROKEN_MS = 6_000;
/** What nobody may be told whose connection is fine. */
const CONNECTION = /check your (internet )?connection|connection to the internet/i;
const POLICY = /content security policy|trusted ?type|violates|refused to/i;

/**
 * Opens `url` and waits until a frame of any page in the context shows how its check ended: in the data attributes of
 * its body, `verdict`, or `code` with `detail` and `text`. `open` may do what a person would (a click).
 * Returns {result, visit}; throws if nothing ends.
 */
export async function check(browser, url, { origins = [], open = async () => undefined, quiet = [], timeout = VERDICT_MS } = {}) {
  const context = await browser.newContext({ viewport: { width: 1024, height: 700 } });
  const visit = { context, requests: [], errors: [], console: [], allowed: [new URL(url).origin, ...origins], quiet };
  try {
    await context.addInitScript(instrument);
    context.on("request", (request) => visit.requests.push(request.url()));
    context.on("weberror", (error) => visit.errors.push(String(error.error())));
    context.on("console", (message) => {
      const from = message.location().url ?? "";
      if (message.type() === "error" && !from.endsWith("/favicon.ico")) visit.console.push(`${message.text()} (${from})`);
    });
    const page = await context.newPage();
    await page.goto(url);
    await open(page);
    const result = await ended(visit, timeout);
    await settle(visit);
    return { result, visit };
  } catch (error) {
    error.message += `\nuncaught: ${visit.errors.join("; ") || "nothing"}\nconsole: ${visit.console.join("; ") || "nothing"}`;
    throw error;
  } finally {
    await context.close();
  }
}

const frames = (visit) => visit.context.pages().flatMap((page) => page.frames());

async function ended(visit, timeout) {
  // A page's own attributes, or those of the demo's #app.
  const read = (frame) =>
    frame
      .evaluate(() => {
        const { state, verdict, error } = document.getElementById("app")?.dataset ?? {};
        if (state === "done") return { verdict };
        if (state === "failed") return { code: error };
        return { ...document.body?.dataset };
      })
      // It is being loaded, or has gone.
      .catch(() => ({}));
  let end = Date.now() + timeout;
  for (let broken = false; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
    for (const result of await Promise.all(frames(visit).map(read))) {
      if (result.verdict || result.code) return result;
    }
    if (visit.errors.length > 0 && !broken) {
      // A page's own script has stopped; what it has begun may still end.
      broken = true;
      end = Math.min(end, Date.now() + BROKEN_MS);
    }
  }
  throw new Error(`no end within ${timeout} ms, or ${BROKEN_MS} ms after an uncaught error`);
}

/** Reads what the pages have recorded, once tracks that are being stopped have been. */
async function settle(visit) {
  const read = (frame) =>
    frame
      .evaluate(() => ({
        tracks: globalThis.__record.tracks.length,
        live: globalThis.__record.tracks.filter((track) => track.readyState === "live").length,
        workers: globalThis.__record.workers.length - globalThis.__record.endedWorkers.size,
        violations: globalThis.__record.violations,
      }))
      .catch(() => ({ tracks: 0, live: 0, workers: 0, violations: [] }));
  for (let tries = 0; tries < 50; tries += 1) {
    const all = await Promise.all(frames(visit).map(read));
    const sum = (key) => all.reduce((total, { [key]: count }) => total + count, 0);
    Object.assign(visit, { tracks: sum("tracks"), live: sum("live"), workers: sum("workers"), violations: all.flatMap(({ violations }) => violations) });
    if (visit.live === 0 && visit.workers === 0) return;
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Asserts what holds however a check ends: nothing asked of a third party, the camera off, no worker left. */
function assertQuiet(visit) {
  const foreign = visit.requests.filter((url) => !/^(blob|data|about):/.test(url) && !visit.allowed.includes(new URL(url).origin));
  assert.deepEqual(foreign, [], "requests to a third party");
  assert.equal(visit.live, 0, "camera tracks still live");
  assert.equal(visit.workers, 0, "workers still running");
}

/** Asserts a verdict of the gateway's, from a camera, with nothing refused by a policy and nothing in the console. */
export function assertVerdict({ result, visit }) {
  assert.equal(result.code, undefined, `${result.code}: ${result.detail} / ${result.text}`);
  assert.match(result.verdict, /^(live|fake|inconclusive)$/);
  assertQuiet(visit);
  assert.ok(visit.tracks > 0, "a camera track was handed out");
  assert.deepEqual(visit.violations, [], "policy violations");
  assert.deepEqual(visit.errors, [], "uncaught errors");
  const unexpected = visit.console.filter((text) => !visit.quiet.some((allowed) => allowed.test(text)));
  assert.deepEqual(unexpected, [], "console errors");
}

/**
 * Asserts the code, what `detail` names, and what all of the error's words together say; never the visitor's
 * connection.
 */
export function assertFailure({ result, visit }, { code, names = [], says = [] }) {
  const said = `${result.verdict ?? result.code}: ${result.detail} / ${result.text}`;
  assert.ok([code].flat().includes(result.code), `wanted ${code}, got ${said}`);
  const words = `${result.detail} ${result.text}`;
  for (const name of names) assert.match(result.detail ?? "", name, said);
  for (const word of says) assert.match(words, word, said);
  assert.doesNotMatch(words, CONNECTION, said);
  assert.equal(result.typed, "true", "a LivenessError");
  assertQuiet(visit);
  assert.deepEqual(visit.errors, [], "uncaught errors");
  if (!/policy/.test(result.code)) {
    assert.deepEqual(visit.console.filter((text) => POLICY.test(text)), [], "policy violations");
  }
}
