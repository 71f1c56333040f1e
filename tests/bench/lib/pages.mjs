// Pages without a driver: opened over the browser's own protocol in a fresh context. An attached driver is told of
// every request, at the expense of the page's thread.

import { setTimeout as sleep } from "node:timers/promises";

/** How long a page may take to report its outcome. */
const PATIENCE_MS = 15 * 60_000;
/** A context's first page opens a window, whose own parts (the address bar's suggestions) load after the page: 0.2 s of processor time. */
const SETTLE_MS = 1000;

/** Opens pages of `server` in `browser`. */
export async function pages(browser, server) {
  const session = await browser.newBrowserCDPSession();
  // This also happens when the process is told to end, since the driver then closes the browser.
  const gone = new Promise((_, reject) => browser.once("disconnected", () => reject(new Error("the browser is gone"))));
  gone.catch(() => undefined);

  /** Runs `page/NAME.js` with these options; resolves with its result. */
  return async function run(name, options = {}) {
    const { id, outcome } = server.expect();
    const url = new URL(`/page/${name}`, server.origin);
    url.searchParams.set("id", id);
    url.searchParams.set("options", JSON.stringify(options));
    const { browserContextId } = await session.send("Target.createBrowserContext");
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    });
    try {
      await session.send("Target.createTarget", { url: "about:blank", browserContextId });
      await sleep(SETTLE_MS);
      await session.send("Target.createTarget", { url: url.href, browserContextId });
      return await Promise.race([outcome, late, gone]);
    } catch (error) {
      throw new Error(`${name}: ${error.message}`);
    } finally {
      clearTimeout(timer);
      if (browser.isConnected()) await session.send("Target.disposeBrowserContext", { browserContextId });
    }
  };
}
