// A shop's page with <liveness-check> in it, and what it is told.
import { drawnCamera } from "./camera.mjs";
import { integrator } from "./integrator.mjs";

export const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src 'self' data:";
export const SCRIPT = `<script type="module" src="/liveness-capture/element.js"></script>`;
/** Attributes of a check that is over soon, and of one that takes a while. */
export const QUICK = `model="mixed-10-v2" fps="15"`;
export const SLOW = `model="mixed-30-v2" fps="8"`;
export const VERDICT = /^(live|fake|inconclusive)$/;
/** What the browser says of requests that a cancelled check has let go. */
export const HELD = /Failed to load resource|aborted/;

/** Opens pages in a test file's world; unless a test names another one, the element has the id `check`. */
export function shops(world) {
  const { embed } = integrator(world);

  /** A page with this body, under a strict policy, once the element is there; every event is kept in `__events`. */
  async function shop(body, { policy = STRICT, ...options } = {}) {
    const visit = await embed(`<body>${body}${SCRIPT}`, { headers: { "content-security-policy": policy }, camera: drawnCamera(), ...options });
    await visit.page.evaluate(async () => {
      await customElements.whenDefined("liveness-check");
      globalThis.check = document.getElementById("check");
      globalThis.__events = [];
      for (const name of ["state", "guidance", "progress", "result", "error", "cancel"]) {
        document.addEventListener(`liveness-${name}`, ({ type, target, detail }) => {
          const plain = detail instanceof Error ? { code: detail.code, detail: detail.detail, title: detail.title } : detail;
          globalThis.__events.push({ type, id: target.id, detail: plain });
        });
      }
    });
    return visit;
  }

  const events = (visit, type, id = "check") => visit.page.evaluate(([type, id]) => globalThis.__events.filter((event) => event.type === type && event.id === id).map(({ detail }) => detail), [type, id]);

  /** Waits for an event of this type; returns its detail. */
  async function told(visit, type, id = "check", timeout = 30_000) {
    await visit.page.waitForFunction(([type, id]) => globalThis.__events.some((event) => event.type === type && event.id === id), [type, id], { timeout, polling: 20 }).catch(async () => {
      const seen = await visit.page.evaluate(() => globalThis.__events.filter(({ type }) => !/progress/.test(type)).map(({ type, id, detail }) => `${id} ${type} ${detail?.state ?? detail?.guidance ?? detail?.code}`));
      throw new Error(`no ${type} of ${id}; told: ${seen.join(", ")}`);
    });
    return (await events(visit, type, id)).at(-1);
  }

  const inState = (visit, state, id = "check") =>
    visit.page.waitForFunction(([state, id]) => document.getElementById(id).snapshot.state === state, [state, id], { timeout: 20_000, polling: 20 });

  return { shop, events, told, inState };
}
