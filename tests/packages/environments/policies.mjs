// Pages with strict policies: Content Security Policy, Trusted Types, isolation, sandbox.
import { bundle } from "./plain_bundlers.mjs";
import { expectVerdict, pasted, plain } from "./pages.mjs";
import { checkSource, moduleTag, page } from "../lib/pages.mjs";
import { assertFailure } from "../lib/visit.mjs";

/** What the package needs at least, and nothing else. */
const STRICT = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; base-uri 'none'; object-src 'none'`;
const TRUSTED_TYPES = `require-trusted-types-for 'script'; trusted-types liveness-capture`;
const NONCE = "dGhpcyBpcyBub25jZQ";

const csp = (policy) => ({ "content-security-policy": policy });
/** A page whose script is in a file of its own, as a strict policy demands. */
const withScript = (entry) => ({
  "/": page(`<script type="module" src="/check.js"></script>`),
  "/check.js": { type: "text/javascript", html: checkSource(entry, "/report.js") },
});

/** The same where another copy of the package has made its policy. */
const withCopy = (entry) => {
  const pages = withScript(entry);
  const html = `trustedTypes.createPolicy("liveness-capture", { createScriptURL: (url) => url });\n${pages["/check.js"].html}`;
  return { ...pages, "/check.js": { ...pages["/check.js"], html } };
};

const holds = (name, policy, pagesOf = withScript) => ({
  name,
  prepare: plain,
  run: (world, { root, entry }) => expectVerdict(world, { root, headers: csp(policy), pages: pagesOf(entry) }),
});

const refused = (name, policy, names, pagesOf = withScript) => ({
  name,
  prepare: plain,
  run: (world, { root, entry }) =>
    world.static({ root, headers: csp(policy), pages: pagesOf(entry) }, async ({ url }) =>
      assertFailure(await world.check(url), { code: "engine_blocked_by_policy", names }),
    ),
});

const withNonce = (entry) => ({ "/": page(moduleTag(entry, { report: "/report.js", attributes: `nonce="${NONCE}"` })) });
const STRICT_DYNAMIC = `default-src 'none'; script-src 'nonce-${NONCE}' 'strict-dynamic' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; object-src 'none'`;
const INLINE = `default-src 'none'; script-src 'nonce-${NONCE}' 'wasm-unsafe-eval'; connect-src 'self'`;

const inlinePage = async () => page(`<script type="module" nonce="${NONCE}">${await pasted(await plain())}</script>`);

export const contentSecurity = [
  holds("strict CSP", STRICT),
  holds("strict CSP, nonce and strict-dynamic", STRICT_DYNAMIC, withNonce),
  holds("strict CSP, nonce, strict-dynamic and worker-src", `${STRICT_DYNAMIC}; worker-src 'self'`, withNonce),
  holds("strict CSP, Trusted Types", `${STRICT}; ${TRUSTED_TYPES}`),
  holds("strict CSP, Trusted Types, a second copy of the package", `${STRICT}; ${TRUSTED_TYPES} 'allow-duplicates'`, withCopy),
  {
    name: "strict CSP, a bundle with assetBase and Trusted Types",
    prepare: () => bundle("esbuild", "iife", "base", { options: `{ assetBase: "./liveness/" }`, copied: "liveness" }),
    run: (world, root) => expectVerdict(world, { root, headers: csp(`${STRICT}; ${TRUSTED_TYPES}`) }),
  },
  {
    name: "strict CSP, inline build pasted, with worker-src blob:",
    prepare: inlinePage,
    run: (world, html) => expectVerdict(world, { headers: csp(`${INLINE}; worker-src blob:`), pages: { "/": html } }),
  },
  {
    name: "strict CSP, inline build pasted, with Trusted Types",
    prepare: inlinePage,
    run: (world, html) => expectVerdict(world, { headers: csp(`${INLINE}; worker-src blob:; ${TRUSTED_TYPES}`), pages: { "/": html } }),
  },
  {
    name: "error: inline build under a policy without worker-src blob:",
    prepare: inlinePage,
    run: (world, html) =>
      world.static({ headers: csp(`${INLINE}; worker-src 'self'`), pages: { "/": html } }, async ({ url }) =>
        assertFailure(await world.check(url), { code: "engine_blocked_by_policy", names: [/worker-src/, /blob/] }),
      ),
  },
  refused("error: a policy without workers", STRICT.replace("worker-src 'self'", "worker-src 'none'"), [/worker-src/, /worker\.js/]),
  refused("error: a policy without WebAssembly", STRICT.replace(" 'wasm-unsafe-eval'", ""), [/script-src|wasm-unsafe-eval/]),
  refused("error: Trusted Types without the package's policy", `${STRICT}; require-trusted-types-for 'script'; trusted-types 'none'`, [/trusted.types/i, /liveness-capture/]),
  refused("error: Trusted Types, a second copy of the package without 'allow-duplicates'", `${STRICT}; ${TRUSTED_TYPES}`, [/'allow-duplicates'/, /createPolicy/], withCopy),
];

const ISOLATED = { "cross-origin-opener-policy": "same-origin" };
const isIsolated = async (tab) => {
  if (!(await tab.evaluate(() => globalThis.crossOriginIsolated))) throw new Error("the page is not isolated, so this shows nothing");
};

export const isolation = ["require-corp", "credentialless"].flatMap((embedder) => {
  const both = { ...ISOLATED, "cross-origin-embedder-policy": embedder };
  return [
    {
      name: `cross-origin isolated, ${embedder} on everything`,
      prepare: plain,
      run: (world, { root, entry }) => expectVerdict(world, { root, headers: both, pages: { "/": page(moduleTag(entry)) } }, { open: isIsolated }),
    },
    {
      name: `cross-origin isolated, ${embedder} on the page alone`,
      prepare: plain,
      run: (world, { root, entry }) =>
        expectVerdict(world, { root, headers: (_path, isPage) => (isPage ? both : {}), pages: { "/": page(moduleTag(entry)) } }, { open: isIsolated }),
    },
    {
      name: `cross-origin isolated, ${embedder}, the package from another origin`,
      prepare: plain,
      run: (world, { root, entry }) =>
        world.static({ root, gateway: null, headers: { "access-control-allow-origin": "*" } }, ({ origin }) => {
          const html = page(moduleTag(`${origin}${entry}`, { report: "/report.js" }));
          return expectVerdict(world, { root, headers: both, pages: { "/": html } }, { open: isIsolated, origins: [origin] });
        }),
    },
  ];
});

/** The package as the gateway serves it beside its demo page, to pages of another, allowed origin. */
export const fromGateway = [null, "require-corp", "credentialless"].map((embedder) => ({
  name: `the package and the API from the gateway on another origin${embedder ? `, cross-origin isolated by ${embedder}` : ""}`,
  prepare: plain,
  run: (world, { root }) => {
    const headers = embedder ? { ...ISOLATED, "cross-origin-embedder-policy": embedder } : {};
    const options = `endpoint: ${JSON.stringify(world.gateway)}`;
    const html = page(moduleTag(`${world.gateway}/liveness-capture/index.js`, { report: "/report.js", options }));
    return expectVerdict(world, { root, headers, missing: /liveness-capture/, pages: { "/": html } }, { open: embedder ? isIsolated : undefined });
  },
}));

/** An iframe in a sandbox that has no origin of its own. */
const sandboxed = (source) => `<!doctype html><title>Outside</title><iframe sandbox="allow-scripts" allow="camera *" src="${source}"></iframe>`;

export const sandbox = [
  {
    name: "error: a sandbox without allow-same-origin, the package by its address",
    prepare: plain,
    run: (world, { root, entry }) =>
      // A server that lets everybody read its files; one that does not could not even start the page's own script.
      world.static({ root, headers: { "access-control-allow-origin": "*" }, pages: { "/": sandboxed("/inside"), "/inside": page(moduleTag(entry)) } }, async ({ url }) =>
        assertFailure(await world.check(url), { code: ["engine_blocked_by_policy", "camera_blocked_by_policy", "engine_cross_origin"], says: [/sandbox/, /allow-same-origin/] }),
      ),
  },
  {
    name: "error: a sandbox without allow-same-origin, the inline build",
    prepare: async () => page(`<script type="module">${await pasted(await plain())}</script>`),
    run: (world, html) =>
      world.static({ pages: { "/": sandboxed("/inside"), "/inside": html } }, async ({ url }) =>
        assertFailure(await world.check(url), { code: ["engine_blocked_by_policy", "camera_blocked_by_policy", "engine_cross_origin"], says: [/sandbox/, /allow-same-origin/] }),
      ),
  },
];

