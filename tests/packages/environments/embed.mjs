// One tag, one paste, and the gateway's page in a frame or a window: pages without modules and bundlers.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { oldHead, oldScripts } from "./old_pages.mjs";
import { plain } from "./pages.mjs";
import { TEMPLATES } from "../lib/paths.mjs";
import { installed } from "../lib/project.mjs";
import { assertFailure, assertVerdict } from "../lib/visit.mjs";

const DIST = "/node_modules/liveness-capture/dist/";
const ANYBODY = { "access-control-allow-origin": "*" };
const NONCE = "dGhpcyBpcyBub25jZQ";
/** How the words for a verdict begin. */
const SAID = { de: /^(Eine echte Person|Es wurde keine echte|Kein eindeutiges)/, ja: /^[\u3040-\u30ff\u4e00-\u9fff]/ };

/** A template's text with values in the places of `__NAME__`. */
async function template(path, values) {
  const text = await readFile(join(TEMPLATES, path), "utf8");
  return text.replace(/__([A-Z]+)__/g, (whole, name) => values[name] ?? whole);
}

/** Starts the page's element, as quick as can be, and writes how it ends into the body. */
async function startElement(tab) {
  await tab.waitForFunction(() => customElements.get("liveness-check"));
  await tab.evaluate(() => {
    const check = document.querySelector("liveness-check");
    check.addEventListener("liveness-error", ({ detail: { code, detail, title } }) => Object.assign(document.body.dataset, { code, detail, text: title, typed: "true" }));
    check.addEventListener("liveness-result", ({ detail }) => {
      const said = check.shadowRoot.querySelector("#result-title").textContent;
      Object.assign(document.body.dataset, { verdict: detail.verdict.verdict, said });
    });
    check.setAttribute("model", "mixed-10-v2");
    check.setAttribute("fps", "15");
    check.start();
  });
}

const elementPage = (scripts, { lang = "en", attributes = "", head = "" } = {}) =>
  `<!doctype html><html lang="${lang}"><head><title>A shop</title>${head}</head><body><liveness-check ${attributes}></liveness-check>${scripts}</body></html>`;

/** A page whose element ends in a verdict, in the page's language. */
const elementVerdict = (world, options, { lang = "en", ...how } = {}) =>
  world.static(options, async ({ url }) => {
    const done = await world.check(url, { open: startElement, ...how });
    assertVerdict(done);
    if (SAID[lang]) assert.match(done.result.said, SAID[lang]);
  });

const inlineText = async ({ root }) => readFile(join(installed(root), "dist", "embed-inline.js"), "utf8");

const tags = [
  {
    name: "embed.js: one tag, from the gateway",
    run: async (world) => elementVerdict(world, { pages: { "/": await template("script-tag/index.html", { GATEWAY: world.gateway }) } }),
  },
  {
    name: "embed.js: deferred and twice, from another origin, beside a base element, with properties set before, in German",
    prepare: plain,
    run: (world, { root }) =>
      world.static({ root, gateway: null, headers: ANYBODY }, ({ origin }) => {
        const tag = `<script defer src="${origin}${DIST}embed.js?v=3"></script>`;
        const early = `<script>Object.assign(document.querySelector("liveness-check"), { words: { element: { start: "Los" } }, locale: "de", recording: true });
          addEventListener("load", () => {
            const check = document.querySelector("liveness-check");
            const { recording, shadowRoot } = check;
            const said = [shadowRoot.querySelector("#start").textContent, check.getAttribute("locale"), recording, Object.keys(check)].join();
            if (said !== "Los,de,true,recording") throw new Error("what was set before has no effect: " + said);
          });</script>`;
        const html = elementPage(early, { lang: "de", attributes: `endpoint="/"`, head: `<base href="/somewhere/else/">${tag}${tag}` });
        return elementVerdict(world, { pages: { "/": html } }, { lang: "de", origins: [origin] });
      }),
  },
  {
    name: "embed.js: inserted by a script, in an old-style page (AMD, Prototype.js)",
    prepare: async () => ({ ...(await plain()), scripts: await oldScripts() }),
    run: (world, { root, scripts }) => {
      const insert = `<script>document.body.appendChild(document.createElement("script")).src = "${DIST}embed.js";</script>`;
      return elementVerdict(world, { root, pages: { ...scripts, "/": elementPage(insert, { head: oldHead }) } });
    },
  },
  {
    name: "embed.js: alone, with asset-base",
    prepare: plain,
    run: async (world, { root }) => {
      const script = { type: "text/javascript", html: await readFile(join(root, DIST, "embed.js"), "utf8") };
      const html = elementPage(`<script src="/scripts/embed.js"></script>`, { attributes: `asset-base="${DIST}"` });
      return elementVerdict(world, { root, pages: { "/": html, "/scripts/embed.js": script } });
    },
  },
  {
    name: "error: embed.js pasted, without its files",
    prepare: plain,
    run: async (world, { root }) => {
      const html = elementPage(`<script>${await readFile(join(root, DIST, "embed.js"), "utf8")}</script>`);
      return world.static({ pages: { "/": html } }, async ({ url }) =>
        assertFailure(await world.check(url, { open: startElement }), { code: "engine_file_missing", names: [/asset-base/, /embed-inline\.js/] }));
    },
  },
  {
    name: "embed-inline.js: pasted into a page of another encoding, strict CSP, in Japanese",
    prepare: async () => inlineText(await plain()),
    run: (world, text) => {
      const policy = `default-src 'none'; script-src 'nonce-${NONCE}' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'; style-src 'self'`;
      const html = elementPage(`<script nonce="${NONCE}">${text}</script>`, { lang: "ja" });
      const headers = { "content-type": "text/html; charset=windows-1252", "content-security-policy": policy };
      return elementVerdict(world, { pages: { "/": { html, headers } } }, { lang: "ja" });
    },
  },
  {
    name: "embed-inline.js: pasted into an old-style page (AMD, Prototype.js)",
    prepare: async () => ({ text: await inlineText(await plain()), scripts: await oldScripts() }),
    run: (world, { text, scripts }) => elementVerdict(world, { pages: { ...scripts, "/": elementPage(`<script>${text}</script>`, { head: oldHead }) } }),
  },
];

/** Writes what the page says at the end into its body, where it is looked for. */
const mirrorOutcome = (tab) =>
  tab.evaluate(() => {
    const outcome = document.getElementById("outcome");
    const mirror = () => {
      const [, verdict] = /^(live|fake|inconclusive|complete),/.exec(outcome.textContent) ?? [];
      const [, code] = /\((\w+)\)$/.exec(outcome.textContent) ?? [];
      const [, session] = /session (\S+)$/.exec(outcome.textContent) ?? [];
      if (verdict || code) Object.assign(document.body.dataset, verdict ? { verdict, session } : { code });
    };
    new MutationObserver(mirror).observe(outcome, { childList: true });
    mirror();
  });

const inFrame = (tab) => tab.frameLocator("iframe");
const pressStart = (tab) => inFrame(tab).locator("#start").click();
const QUICK = `model: "mixed-10-v2", fps: 15, `;
/** The fastest check there is. */
const quick = (text) => text.replace("onResult", `${QUICK}onResult`);

/** Shows a page around the gateway's; `open` does what a person would. */
const around = (world, html, open, assertEnd = assertVerdict) =>
  world.static({ pages: { "/": html } }, async ({ url }) => assertEnd(await world.check(url, { open })));

/** Serves a page that is written once its origin is known. */
const knowingItself = (world, html, work) => {
  const pages = { "/": "not written yet" };
  return world.static({ pages }, async (server) => {
    pages["/"] = await html(server.origin);
    return work(server);
  });
};

const frames = [
  {
    name: "cross-origin iframe with the helper as a classic script",
    run: async (world) =>
      around(world, quick(await template("iframe/index.html", { GATEWAY: world.gateway })), async (tab) => {
        await mirrorOutcome(tab);
        await pressStart(tab);
        const [frame, inside] = await Promise.all([tab.locator("iframe").boundingBox(), inFrame(tab).locator("liveness-check").boundingBox()]);
        assert.ok(Math.abs(frame.height - inside.height) <= 1, `the frame is ${frame.height} pixels high, its content ${inside.height}`);
      }),
  },
  {
    name: "sub-path: the gateway's page in a frame, behind a proxy that strips it",
    run: (world) =>
      world.static({ prefix: "/liveness/" }, async ({ url, origin }) => {
        const html = quick(await template("iframe/index.html", { GATEWAY: url.replace(/\/$/, "") }));
        const open = async (tab) => {
          await mirrorOutcome(tab);
          await pressStart(tab);
        };
        await world.static({ pages: { "/": html } }, async (site) => assertVerdict(await world.check(site.url, { open, origins: [origin] })));
      }),
  },
  {
    name: "cross-origin iframe with the helper as a module, strict CSP, a session of the back end's, verdict withheld",
    prepare: plain,
    run: async (world, { root }) => {
      const { openSession, readSession } = await import(pathToFileURL(join(installed(root), "dist", "server.js")).href);
      const { id, token } = await openSession(world.backEnd, { reference: "customer 42", model: "mixed-10-v2" });
      const script = await template("iframe/module.js", { GATEWAY: world.gateway });
      const csp = `default-src 'none'; script-src 'self' 'nonce-${NONCE}'; connect-src 'self'; frame-src ${world.gateway}`;
      const importMap = JSON.stringify({ imports: { "liveness-capture/frame": `${DIST}frame.js` } });
      const html = `<!doctype html><title>A shop</title><script type="importmap" nonce="${NONCE}">${importMap}</script>
        <div id="check"></div><p id="outcome"></p><script type="module" src="/main.js"></script>`;
      const pages = {
        "/": html,
        "/main.js": { type: "text/javascript", html: script },
        "/liveness/start": { type: "application/json", html: JSON.stringify({ id, token }) },
      };
      await world.static({ root, headers: { "content-security-policy": csp }, pages }, async ({ url }) => {
        const done = await world.check(url, { open: mirrorOutcome });
        assert.deepEqual(done.visit.requests.filter((address) => address.includes(token)), [], "the token is in no address");
        assert.deepEqual([done.result.verdict, done.result.session], ["complete", id]);
        const read = await readSession(world.backEnd, id);
        assert.deepEqual([read.state, read.reference], ["complete", "customer 42"]);
        assertVerdict({ ...done, result: { verdict: read.verdict.verdict } });
      });
    },
  },
  {
    name: "cross-origin iframe by hand, without the helper",
    run: async (world) => {
      const html = async (origin) => {
        const text = await template("iframe/by_hand.html", { GATEWAY: world.gateway, SITE: origin });
        return `<!doctype html><title>A shop</title>${text.replace("parent=", "model=mixed-10-v2&amp;fps=15&amp;parent=")}`;
      };
      return knowingItself(world, html, async ({ url }) =>
        assertVerdict(await world.check(url, { open: async (tab) => (await mirrorOutcome(tab), pressStart(tab)) })));
    },
  },
  {
    name: "pop-up that tells its opener on another origin",
    run: async (world) =>
      around(world, quick(await template("popup/index.html", { GATEWAY: world.gateway })).replace("autoStart", "keepOpen: true, autoStart"), async (tab) => {
        await mirrorOutcome(tab);
        await tab.click("#open");
      }),
  },
  {
    name: "pop-up that is told to begin anew: it stays, and nobody has cancelled",
    run: async (world) => {
      const html = quick(await template("popup/index.html", { GATEWAY: world.gateway }))
        .replace("LivenessFrame.open", "const shown = LivenessFrame.open")
        .replace("autoStart", `onState({ state }) { if (state === "positioning") { this.onState = undefined; shown.retry(); } }, autoStart`)
        .replace(`show("Cancelled")`, `show("Cancelled (cancelled)")`);
      const open = async (tab) => {
        await mirrorOutcome(tab);
        await tab.click("#open");
      };
      // The window has closed with the result, and its record with it.
      await around(world, html, open, ({ result }) => assert.match(result.verdict ?? result.code, /^(live|fake|inconclusive)$/));
    },
  },
  {
    name: "error: a pop-up whose opener is closed in the middle of the check, in Arabic",
    run: async (world) => {
      const open = async (tab) => {
        const opened = tab.waitForEvent("popup");
        await tab.click("#open");
        const window = await opened;
        await window.waitForFunction(() => globalThis.__record.tracks.some((track) => track.readyState === "live"));
        await tab.close();
        const sentence = window.getByText("الصفحة التي فتحت هذه النافذة لم تعد موجودة.");
        await sentence.waitFor({ timeout: 5_000 });
        assert.deepEqual(await sentence.evaluate((shown) => [shown.lang, getComputedStyle(shown).direction]), ["ar", "rtl"]);
        await window.evaluate(() => Object.assign(document.body.dataset, { code: "opener closed" }));
      };
      const html = async () => quick(await template("popup/index.html", { GATEWAY: world.gateway })).replace("mixed-10-v2", "mixed-120-v2").replace("autoStart", `locale: "ar-EG", autoStart`);
      await knowingItself(world, html, async ({ url }) => {
        const { visit } = await world.check(url, { open });
        assert.deepEqual([visit.tracks, visit.live, visit.workers], [1, 0, 0]);
      });
    },
  },
  {
    name: "pop-up from the frame of a site builder, which gets no camera",
    run: async (world) => {
      const pasted = quick(await template("popup/index.html", { GATEWAY: world.gateway })).replace("autoStart", "keepOpen: true, autoStart");
      await world.static({ pages: { "/": pasted } }, async ({ origin }) => {
        const sandbox = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox";
        const html = `<!doctype html><title>A site</title><iframe sandbox="${sandbox}" src="${origin}/"></iframe>`;
        const open = async (tab) => {
          const [, inside] = tab.frames();
          await mirrorOutcome(inside);
          await inside.click("#open");
        };
        await world.static({ pages: { "/": html } }, async ({ url }) => assertVerdict(await world.check(url, { open, origins: [origin] })));
      });
    },
  },
];

/** A page with a frame that cannot work; it shows the code, and the frame says why. */
const refused = (name, attributes, { code, says, site = (origin) => origin }) => ({
  name: `error: ${name}`,
  run: (world) => {
    const html = async (origin) => `<!doctype html><title>A shop</title><p id="outcome"></p>
      <script>addEventListener("message", ({ data, source }) => source === frames[0] && data.type === "error" && (outcome.textContent = "(" + data.code + ")"));</script>
      <iframe ${attributes} src="${world.gateway}/embed?locale=de&amp;parent=${site(origin)}"></iframe>`;
    return knowingItself(world, html, async ({ url }) => {
      const open = async (tab) => {
        await mirrorOutcome(tab);
        const sentence = inFrame(tab).getByText(says);
        await sentence.waitFor({ timeout: 10_000 });
        assert.equal(await sentence.evaluate((shown) => shown.closest("[lang]").lang), "en", "what is English says so");
        // Nobody is told of what is not allowed.
        if (code === null) await tab.evaluate(() => Object.assign(document.body.dataset, { code: document.body.dataset.code ?? "not told" }));
      };
      const { result, visit } = await world.check(url, { open });
      assert.equal(result.code, code ?? "not told");
      assert.deepEqual([visit.tracks, visit.live, visit.workers], [0, 0, 0]);
    });
  },
});

const obstacles = [
  refused("the gateway's page in a sandbox without an origin", `sandbox="allow-scripts" allow="camera"`, { code: "frame_sandboxed", says: /sandbox.*allow-same-origin/ }),
  refused("the gateway's page in a sandbox without scripts", `sandbox allow="camera"`, { code: null, says: /JavaScript.*allow-scripts and allow-same-origin/ }),
  refused("the gateway's page in a frame without allow=\"camera\"", "", { code: "camera_blocked_by_policy", says: /allow="camera"/ }),
  refused("the gateway's page for an origin that is not allowed", `allow="camera"`, { code: null, says: /--allow-frame http:\/\/localhost/, site: (origin) => origin.replace("127.0.0.1", "localhost") }),
];

export const embed = [...tags, ...frames, ...obstacles];
