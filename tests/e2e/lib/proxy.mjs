// A plain HTTP proxy between browser and gateway that sees every upload and can misbehave like a network.
import http from "node:http";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** Keeps a changed answer from passing for the original when the browser revalidates its copy. */
function unlike({ headers, ...answer }) {
  const { etag: _etag, "last-modified": _modified, ...kept } = headers;
  return { ...answer, headers: { ...kept, "cache-control": "no-store" } };
}

/**
 * Starts a proxy in front of `target`.
 *
 * `exchanges` lists what passed: {at (ms), method, path, headers, body, status (null if unanswered), answeredAt,
 * answer, answerHeaders}.
 * A rule put into `rules` gets an exchange and answers with undefined (not mine) or an action:
 *   {drop: true}                         the connection is cut without an answer
 *   {status, headers?, body?}            this answer, without asking the gateway
 *   {delayMs?, release?: Promise}        the request waits before it goes on
 *   {rewrite: ({status, headers, body}) => same}   the gateway's answer, changed
 */
export async function startProxy(target) {
  const { hostname, port: targetPort } = new URL(target);
  const exchanges = [];
  const rules = [];

  async function serve(request, response) {
    const at = performance.now();
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, headers } = request;
    const path = request.url.split("?")[0];
    const exchange = { at, method, path, url: request.url, headers, body: Buffer.concat(chunks), status: null, answeredAt: null };
    exchanges.push(exchange);
    const action = rules.map((rule) => rule(exchange)).find((found) => found !== undefined) ?? {};
    if (action.drop) return request.socket.destroy();
    if (action.delayMs) await sleep(action.delayMs);
    if (action.release) await action.release;
    let answer = action.status ? { headers: {}, body: "", ...action } : await forward(exchange);
    if (action.rewrite) answer = unlike(await action.rewrite(answer));
    exchange.status = answer.status;
    exchange.answeredAt = performance.now();
    exchange.answer = answer.body;
    exchange.answerHeaders = answer.headers;
    const { "content-length": _length, "transfer-encoding": _encoding, connection: _connection, ...kept } = answer.headers;
    response.writeHead(answer.status, kept);
    response.end(answer.body);
  }

  // A rule that changes an answer needs it as it is, not compressed.
  function forward({ method, url, headers: { "accept-encoding": _encodings, ...headers }, body }) {
    return new Promise((resolve, reject) => {
      const request = http.request({ hostname, port: targetPort, method, path: url, headers }, async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  const server = http.createServer((request, response) => {
    // Nothing to report if the browser disconnects meanwhile; the exchange's status stays null.
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();

  return {
    origin: `http://127.0.0.1:${port}`,
    exchanges,
    rules,
    /** Forgets all exchanges and rules. */
    reset() {
      exchanges.length = 0;
      rules.length = 0;
    },
    api: () => exchanges.filter(({ path }) => path.startsWith("/api/")),
    crops: () => exchanges.filter(isCrop),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const CROP_PATH = /^\/api\/v1\/sessions\/[^/]+\/crops\/(\d+)$/;

/** Whether an exchange is the upload of one crop. */
export const isCrop = ({ method, path }) => ["PUT", "POST"].includes(method) && CROP_PATH.test(path);
/** The number of a crop's run. */
export const cropRun = ({ url }) => Number(new URL(url, "http://proxy").searchParams.get("run") ?? 0);
/** The crops of the newest run; those of broken runs do not count. */
export const newestRun = (crops) => crops.filter((crop) => cropRun(crop) === Math.max(...crops.map(cropRun)));
/** The crop's index, from its path. */
export const cropIndex = ({ path }) => Number(CROP_PATH.exec(path)[1]);
/** Whether an exchange asks for a session's verdict. */
export const isComplete = ({ method, path }) => method === "POST" && path.endsWith("/complete");
/** Whether an exchange opens a session. */
export const isOpen = ({ method, path }) => method === "POST" && path === "/api/v1/sessions";

/** An error as the API words it. */
export function apiError(status, code, message, headers = {}) {
  const body = JSON.stringify({ data: null, success: false, message, errors: [{ [code]: [message] }] });
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}
