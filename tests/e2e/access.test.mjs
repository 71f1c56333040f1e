// Which pages the gateway lets in, as a browser sees it: docs/gateway.md, "Which page needs what".
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch } from "./lib/browser.mjs";
import { startGateway } from "./lib/gateway.mjs";

const FILES = {
  "index.html": `<!doctype html><title>not run</title><script src="/page.js"></script>`,
  "embed.html": `<!doctype html><meta name="liveness-parent" content=""><title>not run</title><script src="/page.js"></script>`,
  "page.js": `document.title = "run"; window.opener?.postMessage("here", "*");`,
  "worker.js": `postMessage("here");`,
  "module.js": `export default "here";`,
  "module.wasm": "\0asm\x01\0\0\0",
};

const ISOLATED = (embedder) => ({ "cross-origin-embedder-policy": embedder, "cross-origin-opener-policy": "same-origin" });

/** How the shop's page is served. */
const SHOPS = { plain: {}, "require-corp": ISOLATED("require-corp"), credentialless: ISOLATED("credentialless") };

/** What the shop's page tries; each gives "here" or "refused". Evaluated on the page. */
const TRIALS = {
  worker: () =>
    new Promise((done) => {
      // By way of the shop's own origin, as behind a proxy.
      const worker = new Worker("/gateway/worker.js", { type: "module" });
      worker.onmessage = ({ data }) => done(data);
      worker.onerror = () => done("refused");
    }),
  module: (gateway) => import(`${gateway}/module.js`).then((module) => module.default, () => "refused"),
  wasm: (gateway) => WebAssembly.compileStreaming(fetch(`${gateway}/module.wasm`)).then(() => "here", () => "refused"),
  script: (gateway) =>
    new Promise((done) => {
      const script = document.createElement("script");
      script.src = `${gateway}/page.js`;
      script.onload = () => done("here");
      script.onerror = () => done("refused");
      document.body.append(script);
    }),
  call: (gateway) => {
    const headers = { "content-type": "application/json", traceparent: "00-0-0-01", baggage: "a=b", "x-csrf-token": "x" };
    const request = fetch(`${gateway}/api/v1/sessions`, { method: "POST", headers, body: "{}" });
    return request.then((answer) => (answer.status === 201 ? "here" : `${answer.status}`), () => "refused");
  },
  popup: opens,
};

/** Whether the window of a page is in reach of whoever opens it, and the other way round. */
function opens(address) {
  return new Promise((done) => {
    addEventListener("message", ({ data }) => done(data));
    const opened = open(address);
    // A window that is out of reach looks closed from here.
    const look = setInterval(() => opened.closed && (clearInterval(look), done("refused")), 50);
  });
}

describe("access", () => {
  let browser, files, shop, origin, target, headers;

  before(async () => {
    browser = await launch();
    files = await mkdtemp(join(tmpdir(), "liveness-access-"));
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(files, name), text);
    shop = createServer((request, response) => {
      if (!request.url.startsWith("/gateway/")) {
        response.writeHead(200, { "content-type": "text/html", ...headers }).end("<!doctype html><body></body>");
        return;
      }
      get(target + request.url.slice("/gateway".length), (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
    }).listen(0, "127.0.0.1");
    await once(shop, "listening");
    origin = `http://127.0.0.1:${shop.address().port}`;
  });
  after(async () => {
    await browser?.close();
    shop?.close();
    await rm(files, { recursive: true, force: true });
  });

  /** Whether the gateway's page runs in a frame of the shop's, with the camera that the shop passes on. */
  async function framed(page) {
    await page.evaluate((gateway) => {
      const frame = Object.assign(document.createElement("iframe"), { allow: "camera", src: `${gateway}/` });
      // A refused frame loads an error page.
      const loaded = new Promise((done) => (frame.onload = done));
      document.body.append(frame);
      return loaded;
    }, target);
    const frame = page.frames()[1];
    if (frame.url() !== `${target}/` || (await frame.title()) !== "run") return "refused";
    return (await frame.evaluate(() => document.featurePolicy.allowsFeature("camera"))) ? "here" : "without a camera";
  }

  /** What each trial comes to on each kind of the shop's page. */
  async function outcomes(args) {
    const gateway = await startGateway({ args, files });
    target = gateway.origin;
    const seen = {};
    try {
      for (const [kind, ofShop] of Object.entries(SHOPS)) {
        headers = ofShop;
        const context = await browser.newContext();
        const page = await context.newPage();
        await page.goto(origin);
        seen[kind] = {};
        // All at the same time; then the frame, which is found among those of the page.
        await Promise.all(Object.entries(TRIALS).map(async ([trial, attempt]) => (seen[kind][trial] = await page.evaluate(attempt, target))));
        seen[kind].frame = await framed(page);
        await context.close();
      }
    } finally {
      await gateway.stop();
    }
    return seen;
  }

  const outcome = (here) => {
    const trials = [...Object.keys(TRIALS), "frame"];
    return Object.fromEntries(trials.map((trial) => [trial, here.includes(trial) ? "here" : "refused"]));
  };

  test("by default a page of another origin can do nothing, and workers start on the gateway's own", async () => {
    const nothing = outcome(["worker"]);
    assert.deepEqual(await outcomes([]), { plain: nothing, "require-corp": nothing, credentialless: nothing });
  });

  test("an allowed page calls, loads, frames and opens", async () => {
    const args = ["--allow-origin", origin, "--allow-frame", origin, "--allow-header", "x-csrf-token", "--cross-origin-opener", "unsafe-none"];
    const isolated = outcome(["worker", "module", "wasm", "call"]);
    assert.deepEqual(await outcomes(args), {
      plain: outcome(["worker", "module", "wasm", "call", "popup", "frame"]),
      "require-corp": isolated,
      credentialless: isolated,
    });
  });

  test("the window of /embed is in reach of an allowed parent and of the gateway's own pages", async () => {
    headers = SHOPS.plain;
    const seen = {};
    for (const allowed of [false, true]) {
      const gateway = await startGateway({ args: allowed ? ["--allow-frame", origin] : [], files });
      try {
        const pages = { shop: origin, own: gateway.origin };
        // Whoever opens it names the parent, which need not be them.
        for (const [opener, parent] of [["shop", "shop"], ["shop", "own"], ["own", "own"]]) {
          const page = await browser.newPage();
          await page.goto(`${pages[opener]}/`);
          const came = await page.evaluate(opens, `${gateway.origin}/embed?parent=${pages[parent]}`);
          seen[`${opener} for ${parent}`] = [...(seen[`${opener} for ${parent}`] ?? []), came];
          await page.context().close();
        }
      } finally {
        await gateway.stop();
      }
    }
    const never = ["refused", "refused"];
    assert.deepEqual(seen, { "shop for shop": ["refused", "here"], "shop for own": never, "own for own": ["here", "here"] });
  });

  test("a cross-origin isolated page frames a page that isolates itself as well", async () => {
    const args = ["--allow-frame", origin, "--cross-origin-embedder", "require-corp", "--serve-files-to", "everyone"];
    const all = outcome(["worker", "module", "wasm", "script", "frame"]);
    assert.deepEqual(await outcomes(args), { plain: all, "require-corp": all, credentialless: all });
  });
});
