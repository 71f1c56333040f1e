// An integrator's pages on this server, which run checks themselves.
import assert from "node:assert/strict";
import { drawnCamera } from "./camera.mjs";
import { assertClean } from "./expect.mjs";

/** The browser's own messages about failed requests. */
export const NETWORK_NOISE = [/Failed to load resource/];

/** Opens pages and runs checks in a test file's world. */
export function integrator(world) {
  /** Opens a page without the demo's policy, which forbids inline scripts. `headers` are added to the page's. */
  async function embed(html, { camera = drawnCamera(), init = [], headers = {}, context = {} } = {}) {
    const body = `<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,">${html}`;
    const page = { status: 200, headers: { "content-type": "text/html", ...headers }, body };
    world.proxy.rules.push(({ path }) => (path === "/shop" ? page : undefined));
    const visit = await world.visit({ camera, init, context });
    await visit.page.goto(`${world.proxy.origin}/shop`);
    return visit;
  }

  /**
   * Runs one check with these options in a bare page, or in an `srcdoc` frame of one. Returns {verdict} or {code, detail}, and what
   * `change` reported.
   */
  async function check(options, { actions = {}, head = "", from = "/liveness-capture/index.js", framed = false, ...page } = {}) {
    const html = `${head}<body><video id="preview" playsinline muted></video>`;
    const visit = await embed(framed ? `<body><iframe srcdoc="${html.replaceAll('"', "&quot;")}"></iframe>` : html, page);
    const place = framed ? await (await visit.page.waitForSelector("iframe")).contentFrame() : visit.page;
    const result = await place.evaluate(
      async ([given, { abortAt = null }, from]) => {
        const { LivenessCheck, LivenessError } = await import(new URL(from, origin).href);
        const abort = new AbortController();
        if (abortAt === "before") abort.abort();
        const check = new LivenessCheck({ video: document.getElementById("preview"), model: "mixed-10-v2", fps: 15, signal: abort.signal, ...given });
        const states = [];
        const guidance = new Set();
        check.addEventListener("change", ({ detail }) => {
          guidance.add(detail.guidance);
          if (detail.state !== states.at(-1)) states.push(detail.state);
          if (detail.state === abortAt) abort.abort();
        });
        const first = check.start();
        if (check.start() !== first) throw new Error("a second start() returned another promise");
        const told = () => ({ states, guidance: [...guidance], snapshot: check.snapshot.state });
        try {
          return { verdict: await first, ...told() };
        } catch (error) {
          const { code, detail, retriable } = error;
          return { code, detail, retriable, typed: error instanceof LivenessError, ...told() };
        }
      },
      [options, actions, from],
    );
    return { visit, result };
  }

  return { embed, check };
}

export async function assertDecided({ visit, result }, consoleErrors = []) {
  assert.match(result.verdict?.verdict ?? "", /^(live|fake|inconclusive)$/, JSON.stringify(result));
  assert.equal(result.snapshot, "done");
  assert.equal(result.verdict.sessionId, result.verdict.raw.session_id);
  await assertClean(visit, { consoleErrors });
}

export async function assertFails({ visit, result }, code, consoleErrors = []) {
  assert.equal(result.code, code, JSON.stringify(result));
  assert.ok(result.typed, "a LivenessError");
  assert.equal(result.snapshot, code === "cancelled" ? "cancelled" : "failed");
  await assertClean(visit, { consoleErrors });
}
