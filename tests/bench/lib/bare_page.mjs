// A page that is spoken to over the browser's own protocol. A driver's page would not do where memory is measured: a
// driver listens to the network, and Chromium then keeps every body that was received or sent.

/** Opens `url` in a context of its own. Returns {send(method, params), evaluate(script, argument), close()}. */
export async function openBarePage(browser, url) {
  const session = await browser.newBrowserCDPSession();
  const { browserContextId } = await session.send("Target.createBrowserContext");
  const { targetId } = await session.send("Target.createTarget", { url: "about:blank", browserContextId });
  const { sessionId } = await session.send("Target.attachToTarget", { targetId, flatten: false });
  const waiting = new Map();
  let last = 0;
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    const settle = waiting.get(id);
    waiting.delete(id);
    if (error) settle?.reject(new Error(error.message));
    else settle?.resolve(result);
  });

  const send = (method, params = {}) => {
    const id = (last += 1);
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    const message = JSON.stringify({ id, method, params });
    return session.send("Target.sendMessageToTarget", { sessionId, message }).then(() => answer);
  };

  /** Runs a function in the page, which is sent there as text. */
  async function evaluate(script, argument) {
    const expression = `(${script})(${JSON.stringify(argument)})`;
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  await send("Page.navigate", { url });
  for (let tries = 0; tries < 200; tries += 1) {
    if (await evaluate(() => document.readyState === "complete" && location.href !== "about:blank").catch(() => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { send, evaluate, close: () => session.send("Target.disposeBrowserContext", { browserContextId }) };
}
