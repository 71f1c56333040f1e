// The matrix's own parts: what it asserts of a page, and how it runs environments.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runAll, summary } from "./lib/runner.mjs";
import { startServer } from "./lib/server.mjs";
import { assertFailure, assertVerdict } from "./lib/visit.mjs";

const ORIGIN = "http://127.0.0.1:1";

function visit(change = {}) {
  const quiet = { allowed: [ORIGIN], requests: [`${ORIGIN}/a.js`, "blob:x"], live: 0, workers: 0, tracks: 1, violations: [], errors: [], console: [], quiet: [] };
  return { ...quiet, ...change };
}

describe("what is asserted of a page", () => {
  const verdict = { verdict: "live" };
  const failure = { code: "engine_file_missing", detail: "/a.bin: HTTP 404", text: "Not set up. | Copy the files.", typed: "true" };
  const wanted = { code: "engine_file_missing", names: [/a\.bin/], says: [/copy/i] };

  test("a verdict, or a failure as wanted, passes", () => {
    assertVerdict({ result: verdict, visit: visit() });
    assertFailure({ result: failure, visit: visit() }, wanted);
  });

  const faults = [
    ["a third party", { requests: ["https://cdn.example/a.js"] }],
    ["a live camera", { live: 1 }],
    ["a worker left over", { workers: 1 }],
    ["an uncaught error", { errors: ["Error"] }],
  ];
  for (const [name, change] of faults) {
    test(`${name} fails both`, () => {
      assert.throws(() => assertVerdict({ result: verdict, visit: visit(change) }));
      assert.throws(() => assertFailure({ result: failure, visit: visit(change) }, wanted));
    });
  }

  test("no camera, a refusal by a policy or a console error fails a verdict", () => {
    for (const change of [{ tracks: 0 }, { violations: ["script-src: eval"] }, { console: ["404"] }]) {
      assert.throws(() => assertVerdict({ result: verdict, visit: visit(change) }), JSON.stringify(change));
    }
    assert.throws(() => assertVerdict({ result: failure, visit: visit() }));
    assert.throws(() => assertVerdict({ result: { verdict: "perhaps" }, visit: visit() }));
  });

  test("a failure must have its code, name the file, be typed, and not blame the connection", () => {
    const changes = [{ code: "network_error" }, { detail: "HTTP 404" }, { text: "Not set up." }, { typed: "false" }, { text: "Copy it. Check your connection." }];
    for (const change of changes) {
      assert.throws(() => assertFailure({ result: { ...failure, ...change }, visit: visit() }, wanted), JSON.stringify(change));
    }
    assert.throws(() => assertFailure({ result: verdict, visit: visit() }, wanted));
  });
});

describe("how environments are run", () => {
  const silent = () => undefined;

  test("each once, in whatever order they are ready, and reported as listed", async () => {
    const ran = [];
    const environment = (name, more = {}) => ({ name, run: async (_world, prepared) => void ran.push([name, prepared]), ...more });
    const list = [environment("a", { prepare: async () => 1 }), environment("b"), environment("c", { prepare: async () => 2, heavy: true })];
    const reports = await runAll(list, {}, silent);
    assert.deepEqual(ran, [["b", undefined], ["c", 2], ["a", 1]]);
    assert.deepEqual(reports.map(({ name, error }) => [name, error]), [["a", null], ["b", null], ["c", null]]);
  });

  test("a preparation that fails fails its environment alone; a run is tried twice", async () => {
    let tries = 0;
    const list = [
      { name: "unbuilt", prepare: () => Promise.reject(new Error("no build")), run: () => assert.fail("must not run") },
      { name: "late", run: async () => assert.ok((tries += 1) === 2, "too slow") },
      { name: "broken", run: async () => assert.fail("broken") },
      { name: "good", prepare: async () => 1, run: async () => undefined },
    ];
    const reports = await runAll(list, {}, silent);
    assert.deepEqual(reports.map(({ error }) => error === null), [false, true, false, true]);
    assert.match(summary(reports), /FAILED.*unbuilt[^]*passed.*late[^]*FAILED.*broken[^]*passed.*good[^]*2 of 4 environments hold/);
  });
});

describe("the static server", () => {
  const pages = { "/": "<p>index", "/a.js": { type: "text/javascript", html: "a" } };
  const asked = async (options, path) => {
    const server = await startServer({ pages, ...options });
    const answer = await fetch(server.origin + path);
    const text = await answer.text();
    await server.stop();
    return [answer.status, answer.headers.get("content-type"), text];
  };

  test("has what it has, under its prefix alone, and its index for the rest if it falls back", async () => {
    assert.deepEqual(await asked({}, "/a.js"), [200, "text/javascript", "a"]);
    assert.equal((await asked({}, "/b.js"))[0], 404);
    assert.deepEqual(await asked({ fallback: true }, "/b.js"), [200, "text/html; charset=utf-8", "<p>index"]);
    assert.equal((await asked({ prefix: "/shop/" }, "/a.js"))[0], 404);
    assert.equal((await asked({ prefix: "/shop/" }, "/shop/a.js"))[0], 200);
  });
});
