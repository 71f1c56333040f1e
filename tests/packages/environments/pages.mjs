// The package in pages without a bundler: by its address, in one file, pasted, from another origin.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkSource, moduleTag, page, reportSource, QUICK_OPTIONS } from "../lib/pages.mjs";
import { entryFile, installed, project } from "../lib/project.mjs";
import { run } from "../lib/run.mjs";
import { assertFailure, assertVerdict } from "../lib/visit.mjs";
import { bundle } from "./plain_bundlers.mjs";

const PACKAGE = "/node_modules/liveness-capture/";

/** A folder with the package in its node_modules, served as it is. Returns it and the addresses of its entries. */
export async function plain() {
  const root = await project("plain", { template: "plain" });
  const entry = PACKAGE + (await entryFile(root));
  const inline = PACKAGE + (await entryFile(root, "./inline"));
  return { root, entry, inline, folder: entry.slice(0, entry.lastIndexOf("/") + 1) };
}

/** Text of the inline entry and a check in one script. */
export async function pasted({ root }) {
  const text = await readFile(join(installed(root), await entryFile(root, "./inline")), "utf8");
  const check = `report(new LivenessCheck({ video: document.querySelector("video"), ${QUICK_OPTIONS} }).start(), LivenessError);`;
  return `${text}\n${await reportSource()}\n${check}`;
}

/** Serves pages beside the package and expects a verdict. */
export const expectVerdict = (world, options, { path = "", ...how } = {}) =>
  world.static(options, async ({ url }) => assertVerdict(await world.check(url + path, how)));

const anyOrigin = { "access-control-allow-origin": "*" };

export const pages = [
  {
    name: "module script, by its address",
    prepare: plain,
    run: (world, { root, entry }) => expectVerdict(world, { root, pages: { "/": page(moduleTag(entry)) } }),
  },
  {
    name: "module script, import map",
    prepare: plain,
    run: (world, { root, entry }) => {
      const head = `<script type="importmap">${JSON.stringify({ imports: { "liveness-capture": entry } })}</script>`;
      return expectVerdict(world, { root, pages: { "/": page(moduleTag("liveness-capture"), { head }) } });
    },
  },
  {
    name: "module script, with a base element that leads elsewhere",
    prepare: plain,
    run: (world, { root, entry }) => {
      const tag = moduleTag(entry, { report: "/report.js", options: `endpoint: location.origin` });
      return expectVerdict(world, { root, pages: { "/": page(tag, { head: `<base href="/somewhere/else/">` }) } });
    },
  },
  {
    name: "sub-path: module script",
    prepare: plain,
    run: (world, { root, entry }) =>
      expectVerdict(world, { root, prefix: "/shop/v2/", pages: { "/": page(moduleTag(`.${entry}`, { options: `endpoint: "/shop/v2/"` })) } }),
  },
  {
    name: "sub-path: the demo page behind a proxy that strips it",
    run: (world) =>
      world.static({ prefix: "/liveness/" }, async ({ url }) => {
        const open = async (tab) => {
          await tab.waitForSelector("#start:not([disabled])");
          await tab.click("#start");
        };
        assertVerdict(await world.check(`${url}?model=mixed-10-v2&fps=15`, { open }));
      }),
  },
  {
    name: "inline build, one file",
    prepare: plain,
    run: (world, { root, inline }) =>
      // Alone on its server: whatever else it asked for would not be there.
      expectVerdict(world, { root, missing: /\.(wasm|bin)$|worker|host|vision/, pages: { "/": page(moduleTag(inline)) } }),
  },
  {
    name: "inline build, pasted",
    prepare: async () => page(`<script type="module">${await pasted(await plain())}</script>`),
    run: (world, html) => expectVerdict(world, { pages: { "/": html } }),
  },
  {
    name: "another origin: the package imported from there",
    prepare: plain,
    run: (world, { root, entry }) =>
      world.static({ root, gateway: null, headers: anyOrigin }, ({ origin }) => {
        const html = page(moduleTag(`${origin}${entry}`, { report: "/report.js" }));
        return expectVerdict(world, { root, missing: /liveness-capture/, pages: { "/": html } }, { origins: [origin] });
      }),
  },
  {
    name: "another origin: the package imported from there, strict CSP",
    prepare: plain,
    run: (world, { root, entry }) =>
      world.static({ root, gateway: null, headers: anyOrigin }, ({ origin }) => {
        const policy = `default-src 'none'; script-src 'self' ${origin} 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self' ${origin}`;
        const headers = { "content-security-policy": policy };
        const script = { type: "text/javascript", html: checkSource(`${origin}${entry}`, "/report.js") };
        const html = page(`<script type="module" src="/check.js"></script>`);
        return expectVerdict(world, { root, headers, pages: { "/": html, "/check.js": script } }, { origins: [origin] });
      }),
  },
  {
    name: "another origin: assetBase",
    async prepare(world) {
      const port = world.port();
      const site = await bundle("esbuild", "esm", "cdn", { options: `{ assetBase: "http://127.0.0.1:${port}/liveness/" }`, copied: "cdn/liveness" });
      return { site, port };
    },
    run: (world, { site, port }) =>
      world.static({ root: join(site, "cdn"), port, gateway: null, headers: anyOrigin }, ({ origin }) =>
        expectVerdict(world, { root: site, missing: /cdn/ }, { origins: [origin] }),
      ),
  },
  {
    name: "error: assetBase on another origin without CORS",
    async prepare(world) {
      const port = world.port();
      const site = await bundle("esbuild", "esm", "cdn-shut", { options: `{ assetBase: "http://127.0.0.1:${port}/liveness/" }`, copied: "cdn/liveness" });
      return { site, port };
    },
    run: (world, { site, port }) =>
      world.static({ root: join(site, "cdn"), port, gateway: null }, ({ origin }) =>
        world.static({ root: site, missing: /cdn/ }, async ({ url }) =>
          assertFailure(await world.check(url, { origins: [origin] }), { code: "engine_cross_origin", names: [new RegExp(origin)] }),
        ),
      ),
  },
  {
    name: "cross-origin iframe with allow=\"camera\"",
    prepare: plain,
    run: (world, { root, entry }) =>
      world.static({ root, pages: { "/": page(moduleTag(entry)) } }, ({ origin }) => {
        const html = `<!doctype html><title>Outside</title><iframe src="${origin}/" allow="camera"></iframe>`;
        return expectVerdict(world, { pages: { "/": html } }, { origins: [origin] });
      }),
  },
  {
    name: "error: cross-origin iframe without allow=\"camera\"",
    prepare: plain,
    run: (world, { root, entry }) =>
      world.static({ root, pages: { "/": page(moduleTag(entry)) } }, ({ origin }) => {
        const html = `<!doctype html><title>Outside</title><iframe src="${origin}/"></iframe>`;
        return world.static({ pages: { "/": html } }, async ({ url }) =>
          assertFailure(await world.check(url, { origins: [origin] }), { code: "camera_blocked_by_policy" }),
        );
      }),
  },
  {
    name: "pop-up that tells its opener",
    prepare: plain,
    run: (world, { root, entry }) => {
      const opener = `<!doctype html><title>Opener</title><button>Check</button><script>
        document.querySelector("button").onclick = () => window.open("/pop-up", "check", "width=500,height=600");
        window.onmessage = ({ data, origin }) => origin === location.origin && Object.assign(document.body.dataset, data);
      </script>`;
      const popUp = page(`<script type="module">import { LivenessCheck } from ${JSON.stringify(entry)};
        const { verdict } = await new LivenessCheck({ video: document.querySelector("video"), ${QUICK_OPTIONS} }).start();
        opener.postMessage({ verdict }, location.origin);</script>`);
      return expectVerdict(world, { root, pages: { "/": opener, "/pop-up": popUp } }, { open: (tab) => tab.click("button") });
    },
  },
];

/** Runs a script in Node, in a project that has the package. */
const node = (root, script) => run("node", ["--input-type=module", "--eval", script], { cwd: root });

/** Calls a function of the server's entry in Node; `args` is JSON. */
const callServer = async (root, name, ...args) => {
  const script = `import { ${name} } from "liveness-capture/server"; console.log(JSON.stringify(await ${name}(...${JSON.stringify(args)})));`;
  return JSON.parse(await node(root, script));
};

export const onServers = [
  ...["liveness-capture", "liveness-capture/element", "liveness-capture/inline", "liveness-capture/server"].map((entry) => ({
    // As on a server that renders pages: importing starts nothing and needs no browser.
    name: `Node: import of ${entry}`,
    async prepare() {
      const { root } = await plain();
      await node(root, `const all = await import(${JSON.stringify(entry)}); if (Object.keys(all).length === 0) throw new Error("exports nothing");`);
    },
    run: async () => undefined,
  })),
  {
    name: "Node: a back end opens the session, a page uses it, the back end reads the verdict",
    prepare: plain,
    async run(world, { root, entry }) {
      const reference = "customer 42";
      const order = { reference, model: "mixed-10-v2", metadata: { shop: 7 }, idempotencyKey: randomUUID() };
      const { id, token } = await callServer(root, "openSession", world.backEnd, order);
      assert.equal((await callServer(root, "openSession", world.backEnd, order)).id, id, "opened again by the same key");
      assert.ok(await callServer(root, "auditSession", world.backEnd, id, { type: "consent_given" }));
      // The session has its model already.
      const script = `import { LivenessCheck, LivenessError } from ${JSON.stringify(entry)}; import { report } from "./report.js";
        const session = ${JSON.stringify({ id, token })};
        report(new LivenessCheck({ video: document.querySelector("video"), fps: 15, session }).start(), LivenessError);`;
      let shown;
      await world.static({ root, pages: { "/": page(`<script type="module">${script}</script>`) } }, async ({ url }) => {
        const done = await world.check(url);
        assertVerdict(done);
        shown = done.result.verdict;
      });
      const read = await callServer(root, "readSession", world.backEnd, id);
      assert.deepEqual([read.id, read.state, read.reference, read.verdict.verdict], [id, "complete", reference, shown]);
      assert.deepEqual([read.source, read.metadata, read.usedAt], ["live", order.metadata, null]);
      const used = await callServer(root, "useSession", world.backEnd, id);
      assert.ok(used.usedAt && used.verdict.verdict === shown);
      await assert.rejects(callServer(root, "useSession", world.backEnd, id), /session_closed/);
    },
  },
];
