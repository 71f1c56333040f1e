// Each language's recipe opens a session at a real gateway and reads its verdict, and believes neither another check's nor one that
// has not ended. The gateway's upstream stands in for the Moveris API and finds every face alive.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { startGateway } from "../e2e/lib/gateway.mjs";
import { gatewayBinary } from "../e2e/lib/paths.mjs";
import { startUpstream } from "../e2e/lib/upstream.mjs";
import { ROOT } from "./lib/documents.mjs";
import { plainPng } from "./lib/plain_png.mjs";

const SERVER_KEY = "a key for tests, 16 or more";
const RECIPES = join(ROOT, "docs/recipes");
const run = promisify(execFile);
const found = (program) => process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)));
const rust = () => join(dirname(gatewayBinary()), "examples", "back_end");

/** By language: the program and its arguments, and what has to be there. */
const LANGUAGES = {
  Node: { command: [process.execPath, "tests/docs/lib/recipe.mjs"] },
  Python: { command: ["python3", join(RECIPES, "back_end.py")], needs: "python3" },
  PHP: { command: ["php", join(RECIPES, "back_end.php")], needs: "php" },
  Go: { command: ["go", "run", join(RECIPES, "back_end.go")], needs: "go" },
  Rust: { command: [rust()], needs: rust() },
};

/** Why a language is not tried: on a machine of somebody's own it may be absent, in CI it may not. */
function absent({ needs }) {
  if (!needs || existsSync(needs) || found(needs)) return false;
  if (process.env.CI === "true") throw new Error(`${needs} is absent`);
  return `${needs} is absent`;
}

describe("back ends", () => {
  let upstream, gateway, environment;
  before(async () => {
    upstream = await startUpstream("sk-test");
    const env = { MOVERIS_API_KEY: "sk-test", MOVERIS_BASE_URL: upstream.url, LIVENESS_SERVER_KEY: SERVER_KEY, LIVENESS_DEFAULT_MODEL: "mixed-10-v2" };
    gateway = await startGateway({ env });
    environment = { ...process.env, GATEWAY_URL: gateway.origin, LIVENESS_SERVER_KEY: SERVER_KEY };
  });
  after(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });

  /** What the page does with a session that it was handed. */
  async function capture({ id, token }) {
    const session = `${gateway.origin}/api/v1/sessions/${id}`;
    const headers = { "x-liveness-token": token };
    const { data } = await (await fetch(session, { headers })).json();
    for (let index = 0; index < data.frames_required; index++) {
      const { status } = await fetch(`${session}/crops/${index}`, { method: "PUT", headers, body: plainPng(index) });
      assert.equal(status, 201);
    }
    const answer = await fetch(`${session}/complete`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: "{}" });
    assert.equal(answer.status, 200, await answer.text());
  }

  for (const [language, recipe] of Object.entries(LANGUAGES)) {
    test(language, { skip: absent(recipe) }, async () => {
      const [program, ...first] = recipe.command;
      const ask = async (args, env = environment) => JSON.parse((await run(program, [...first, ...args], { cwd: ROOT, env })).stdout);
      const session = await ask(["open", "order 4711"]);
      assert.deepEqual(Object.keys(session).sort(), ["id", "token"]);
      assert.equal(await ask(["read", session.id, "order 4711"]), false, "nothing has been decided yet");
      await capture(session);
      assert.equal(await ask(["read", session.id, "order 4711"]), true);
      assert.equal(await ask(["read", session.id, "order 4712"]), false, "somebody else's check");
      const refused = ask(["open", "order 4711"], { ...environment, LIVENESS_SERVER_KEY: "another key, also long" });
      await assert.rejects(refused, /invalid_key/, "the code of a refusal is said");
    });
  }

  test("a verdict that is not live is not taken for one", async () => {
    const ask = async (args) => JSON.parse((await run(process.execPath, ["tests/docs/lib/recipe.mjs", ...args], { cwd: ROOT, env: environment })).stdout);
    const session = await ask(["open", "order 1"]);
    upstream.script.push({ status: 200, body: { data: { verdict: "fake", confidence: 0.9, real_score: 0.1, score: 10, session_id: session.id, model: "mixed-10-v2", processing_ms: 1, frames_processed: 10 }, success: true, message: "OK" } });
    await capture(session);
    assert.equal(await ask(["read", session.id, "order 1"]), false);
  });

  test("the whole server in Node", async () => {
    const server = spawn(process.execPath, [join(RECIPES, "server.mjs")], { env: { ...environment, PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = await once(server.stdout, "data");
      const origin = String(line).trim();
      const post = async (path, user) => {
        const answer = await fetch(origin + path, { method: "POST", headers: user === undefined ? {} : { "x-signed-in-as": user } });
        return { status: answer.status, ...(await answer.json()) };
      };
      assert.equal((await post("/liveness/start", "")).status, 401);
      assert.equal((await post("/liveness/no-such", "ann")).status, 404);
      assert.equal((await post("/", "ann")).status, 404);
      const page = await fetch(origin);
      assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
      const text = await page.text();
      assert.ok(text.includes(`endpoint="${gateway.origin}"`) && text.includes(`"${gateway.origin}/liveness-capture/element.js"`), text);
      assert.doesNotMatch(text, /__[A-Z]+__/);
      const session = await post("/liveness/start", "ann");
      await capture(session);
      assert.deepEqual(await post("/liveness/done", "bob"), { status: 200, live: false });
      assert.deepEqual(await post("/liveness/done", "ann"), { status: 200, live: true });
      assert.deepEqual(await post("/liveness/done", "ann"), { status: 200, live: false }, "a verdict counts once");
      // The page as it is served says no name.
      await capture(await post("/liveness/start"));
      assert.deepEqual(await post("/liveness/done"), { status: 200, live: true });
    } finally {
      server.kill();
    }
  });

  test("by curl, with the fields that docs/back-end.md shows", { skip: absent({ needs: "curl" }) }, async () => {
    const [open, read] = readFileSync(join(RECIPES, "back_end.sh"), "utf8").split("\n\n");
    const sh = async (text, env = {}) => JSON.parse((await run("sh", ["-eu", "-c", text], { env: { ...environment, ...env } })).stdout);
    const { data: opened } = await sh(open);
    assert.deepEqual(Object.keys(opened).sort(), ["expires_at", "frames_required", "model", "session_id", "token", "ttl_seconds"]);
    await capture({ id: opened.session_id, token: opened.token });
    const answer = await sh(read, { SESSION_ID: opened.session_id });
    assert.equal(answer.data.verdict.verdict, "live");

    const shown = JSON.parse(/<!-- answer -->\n```json\n(.*?)```/s.exec(readFileSync(join(ROOT, "docs/back-end.md"), "utf8"))[1]);
    assert.deepEqual({ ...shown, data: null }, { ...answer, data: null });
    assert.deepEqual(Object.keys(answer.data).sort(), Object.keys(shown.data).sort());
    for (const name of ["state", "reference", "error"]) assert.equal(shown.data[name], answer.data[name], name);
    // All that the answer has is shown, and nothing that no answer has.
    const { properties } = JSON.parse(readFileSync(join(ROOT, "docs/openapi.json"), "utf8")).components.schemas.VerdictData;
    assert.deepEqual(Object.keys(answer.data.verdict).filter((name) => !(name in shown.data.verdict)), []);
    assert.deepEqual(Object.keys(shown.data.verdict).filter((name) => !(name in properties)), []);
  });
});
