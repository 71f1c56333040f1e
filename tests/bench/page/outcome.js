// How a page of the bench gets its options and reports its outcome.
const query = new URLSearchParams(location.search);

const send = (outcome) => fetch(`/outcome/${query.get("id")}`, { method: "POST", body: JSON.stringify(outcome) });
const words = (error) => [error?.code, error?.detail, error?.stack ?? error].filter(Boolean).join(": ");

addEventListener("error", ({ message, error }) => void send({ error: words(error ?? message) }));
addEventListener("unhandledrejection", ({ reason }) => void send({ error: words(reason) }));

/** Does the work with the page's options and sends the server the value or the error. */
export async function outcome(work) {
  const options = JSON.parse(query.get("options") ?? "{}");
  const result = await work(options).then((value) => ({ value }), (error) => ({ error: words(error) }));
  await send(result);
}
