// The documentation under the gateway's own strict policy: in windows of every width, by keyboard, without scripts; and the quick start as
// written.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { launch } from "./lib/browser.mjs";
import { drawnCamera } from "./lib/camera.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { REPO } from "./lib/paths.mjs";

const SERVER_KEY = "change-me-change-me";
/** One of each kind: words, long tables, much code, many short sections. */
const PAGES = ["index", "gateway", "back-end", "troubleshooting", "api", "element"];
const run = promisify(execFile);

/** The blocks of a language in a document. */
async function blocks(document, language) {
  const text = await readFile(join(REPO, document), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block);
}

describe("the documentation's site", () => {
  let gateway, browser, site, served;
  before(async () => {
    served = createServer(async (request, response) => {
      const [page] = await blocks("docs/quick-start.md", "html");
      response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/html" }).end(page.replaceAll("http://127.0.0.1:8080", gateway.origin));
    }).listen(0, "127.0.0.1");
    await once(served, "listening");
    site = `http://localhost:${served.address().port}`;
    gateway = await startGateway({ env: { LIVENESS_SERVER_KEY: SERVER_KEY, LIVENESS_ALLOW_ORIGIN: site } });
    browser = await launch({ camera: await drawnCamera(), flags: ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"] });
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
    served?.close();
  });

  /** Opens a page of the documentation; what it asks for elsewhere, and what its console says, is kept. */
  async function open(name, context = {}) {
    const page = await (await browser.newContext(context)).newPage();
    const noted = [];
    page.on("request", (request) => new URL(request.url()).origin === gateway.origin || noted.push(request.url()));
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && noted.push(message.text()));
    page.on("pageerror", (error) => noted.push(String(error)));
    const answer = await page.goto(`${gateway.origin}/docs/${name}`);
    assert.equal(answer.status(), 200, name);
    return { page, noted, close: () => page.context().close() };
  }

  for (const [kind, context] of [
    ["on a phone", { viewport: { width: 320, height: 640 }, colorScheme: "light" }],
    ["on a desktop, dark", { viewport: { width: 1280, height: 800 }, colorScheme: "dark" }],
  ]) {
    test(`${kind}: no violation of axe's rules, nothing wider than the window, nothing refused or from elsewhere`, async () => {
      const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
      for (const name of PAGES) {
        const { page, noted, close } = await open(`${name}.html`, context);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the window`);
        assert.deepEqual(noted, [], name);
        await page.evaluate(axe);
        const violations = await page.evaluate(async () => {
          const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
          const { violations } = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, any }) => `${target} ${any[0]?.message ?? ""}`).join("; ")}`);
        });
        assert.deepEqual(violations, [], name);
        await close();
      }
    });
  }

  test("by keyboard: the text is one key away, the menu opens, Escape closes it; a block of code is copied", async () => {
    const { page, close } = await open("", { viewport: { width: 390, height: 800 }, permissions: ["clipboard-read", "clipboard-write"] });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "content");
    const nav = page.locator("nav");
    assert.equal(await nav.isVisible(), false);
    await page.locator(".menu").focus();
    await page.keyboard.press("Enter");
    assert.equal(await nav.isVisible(), true);
    await page.keyboard.press("Escape");
    assert.equal(await nav.isVisible(), false);
    await page.locator(".menu").press("Enter");
    await nav.getByRole("link", { name: "Quick start" }).press("Enter");
    await page.waitForURL(/quick-start\.html$/);
    await page.locator(".copy").first().press("Enter");
    await page.locator(".copy", { hasText: "Copied" }).waitFor();
    const [first] = await blocks("docs/quick-start.md", "sh");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), first);
    await close();
  });

  test("without scripts: every page is whole, its menu and its anchors work", async () => {
    const { page, noted, close } = await open("errors.html", { javaScriptEnabled: false, viewport: { width: 390, height: 800 } });
    await page.locator(".menu").click();
    await page.getByRole("link", { name: "Files and policies" }).click();
    await page.waitForURL(/hosting\.html$/);
    await page.locator("article").getByRole("link", { name: "below" }).click();
    await page.waitForURL(/#what-loads-when-and-how-large-it-is$/);
    assert.deepEqual(noted, []);
    await close();
  });

  test("the quick start, as written, to a verdict that the gateway has", async () => {
    const page = await (await browser.newContext()).newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(site);
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForFunction(() => /: (live|fake|inconclusive)$/.test(document.getElementById("outcome").textContent), null, { timeout: 60_000 });
    const [, id, verdict] = /^Session (\S+): (\w+)$/.exec(await page.textContent("#outcome"));
    assert.deepEqual(errors, []);

    const curl = (await blocks("docs/quick-start.md", "sh")).find((block) => block.startsWith("curl"));
    const { stdout } = await run("sh", ["-c", curl.replaceAll("http://127.0.0.1:8080", gateway.origin).replace("SESSION-ID", id)]);
    assert.equal(JSON.parse(stdout).data.verdict.verdict, verdict);
    await page.context().close();
  });
});
