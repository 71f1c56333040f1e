// Pages that nobody looks at: opened over the browser's own protocol in a fresh context, without the driver attached
// to them. Attached, it would be told of every request, which the page's thread pays for.

/** How long a page may take to say what came of it. */
const PATIENCE_MS = 15 * 60_000;

/** Opens pages of `server` in `browser`. */
export async function pages(browser, server) {
  const session = await browser.newBrowserCDPSession();
  // Also what the driver does with the browser when this process is told to end.
  const gone = new Promise((_, reject) => browser.once("disconnected", () => reject(new Error("the browser is gone"))));
  gone.catch(() => undefined);

  /** Runs `page/NAME.js` with these options; resolves with what it answers. */
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
