// A gateway behind a proxy, which also serves the engines' page and clips, under the policy of the gateway's own page.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startGateway } from "../../e2e/lib/gateway.mjs";
import { instrument } from "../../e2e/lib/instrument.mjs";
import { startProxy } from "../../e2e/lib/proxy.mjs";
import { drawn, still } from "./clips.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const PAGE = `<!doctype html><html lang="en"><title>Engines</title><link rel="icon" href="/icon.svg">
<script src="/engine/instrument.js"></script><body><video id="preview" playsinline muted width="320"></video>
<script type="module" src="/engine/page.js"></script></body></html>`;

export async function startWorld() {
  const [page, moving, same] = await Promise.all([readFile(join(ROOT, "page.js"), "utf8"), drawn(), still()]);
  const gateway = await startGateway();
  const proxy = await startProxy(gateway.origin);
  const own = await fetch(`${gateway.origin}/`);
  const policy = own.headers.get("content-security-policy");
  if (!policy) throw new Error("the gateway's page has no policy");
  const files = {
    "/engine/": { type: "text/html", body: PAGE, headers: { "content-security-policy": policy } },
    "/engine/page.js": { type: "text/javascript", body: page },
    "/engine/instrument.js": { type: "text/javascript", body: `(${instrument})();` },
    "/engine/drawn.mp4": { type: "video/mp4", body: moving },
    "/engine/still.mp4": { type: "video/mp4", body: same },
  };
  const serve = ({ path }) => {
    const file = files[path];
    return file && { status: 200, headers: { "content-type": file.type, "cache-control": "no-store", ...file.headers }, body: file.body };
  };
  return {
    proxy,
    /** Chromium's picture, by which the other engines' are measured. */
    reference: null,
    /** The engine's name and its page: set for each. */
    engine: "",
    page: null,
    note: () => undefined,
    /** Opens a page of ours, and waits until its script has run. */
    async open(path) {
      proxy.reset();
      proxy.rules.push(serve);
      await this.page.goto(proxy.origin + path);
      if (path !== "/engine/") return;
      await this.page.evaluate(async () => {
        for (let tries = 0; !globalThis.__engine; tries += 1) {
          if (tries > 600) throw new Error("the page's script did not run");
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      });
    },
    async stop() {
      await proxy.stop();
      await gateway.stop();
    },
  };
}
