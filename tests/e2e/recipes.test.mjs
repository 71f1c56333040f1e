// The whole back end of docs/back-end.md with its page, beside a gateway of another origin, up to what the person reads.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, visit } from "./lib/browser.mjs";
import { drawnCamera } from "./lib/camera.mjs";
import { freePort, startGateway } from "./lib/gateway.mjs";
import { REPO } from "./lib/paths.mjs";
import { startUpstream } from "./lib/upstream.mjs";

const SERVER_KEY = "a key for tests, 16 or more";

describe("the recipe's server and page", () => {
  let upstream, gateway, server, browser, origin;
  before(async () => {
    const port = await freePort();
    upstream = await startUpstream("sk-test");
    const env = { MOVERIS_API_KEY: "sk-test", MOVERIS_BASE_URL: upstream.url, LIVENESS_SERVER_KEY: SERVER_KEY, LIVENESS_DEFAULT_MODEL: "mixed-10-v2" };
    gateway = await startGateway({ args: ["--allow-origin", `http://127.0.0.1:${port}`], env });
    server = spawn(process.execPath, [join(REPO, "docs/recipes/server.mjs")], {
      env: { ...process.env, GATEWAY_URL: gateway.origin, LIVENESS_SERVER_KEY: SERVER_KEY, PORT: String(port) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(server.stdout, "data");
    origin = String(line).trim();
    browser = await launch({ camera: await drawnCamera() });
  });
  after(async () => {
    await browser?.close();
    server?.kill();
    await gateway?.stop();
    await upstream?.stop();
  });

  test("a person who is alive is welcome; one who is not may try again, in another session", async () => {
    upstream.script.push({
      status: 200,
      get body() {
        const { session_id, model } = upstream.requests.at(-1).body;
        const data = { verdict: "fake", confidence: 0.9, real_score: 0.1, score: 10, session_id, model, processing_ms: 1, frames_processed: 10, warning: null };
        return { data, success: true, message: "OK" };
      },
    });
    const opened = await visit(browser, origin);
    const { page } = opened;
    await page.goto(origin);
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText("That did not work.").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Welcome.").waitFor();
    assert.equal(upstream.requests.length, 2);
    const ids = new Set(upstream.requests.map(({ body }) => body.session_id));
    assert.equal(ids.size, 2, "each attempt has a session of its own");
    assert.deepEqual([opened.consoleErrors, opened.pageErrors], [[], []]);
    await opened.close();
  });
});
