// The official client of the Moveris API, unchanged, with a record of what it sends and gets.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { tool } from "./tools.mjs";

const IP_LOOKUP = "https://ipinfo.io/json";
const LOOKED_UP = { ip: "203.0.113.9", country: "CH", region: "Zurich", city: "Zürich", org: "AS64500 Example" };

/**
 * Loads the client. Before its first check it asks a third party where it is; nobody's network is used for that here:
 * until `close()`, whatever is asked of others goes into `asked`, and that one question is answered.
 */
export async function officialClient() {
  const { LivenessClient } = await import(pathToFileURL(await tool("@moveris/shared", "dist/index.mjs", "official")));
  const realFetch = globalThis.fetch;
  const asked = [];
  globalThis.fetch = async (url, init) => {
    if (String(url).startsWith("http://127.0.0.1:")) return realFetch(url, init);
    asked.push(String(url));
    if (String(url) !== IP_LOOKUP) throw new TypeError("no network here");
    return Response.json(LOOKED_UP);
  };
  /** Method, path without ids, and what came of it, each once. */
  const seen = new Map();

  /** A client of `gateway`; `exchanges` lists what it has sent and got. */
  function clientOf(gateway, { headers = {}, delay = () => 0, ...options } = {}) {
    const exchanges = [];
    const customFetch = async (url, init = {}) => {
      await sleep(delay());
      const path = new URL(url).pathname;
      const exchange = { method: init.method ?? "GET", path, body: init.body };
      exchanges.push(exchange);
      let outcome;
      try {
        const response = await realFetch(url, { ...init, headers: { ...init.headers, ...headers } });
        const envelope = await response.clone().json();
        Object.assign(exchange, { status: response.status, headers: response.headers, envelope });
        outcome = envelope.success ? `${response.status}` : `${response.status} \`${Object.keys(envelope.errors[0])[0]}\``;
        return response;
      } catch (error) {
        outcome = error.name === "AbortError" ? "given up by the client" : "no answer";
        throw error;
      } finally {
        const known = path.replace(/(sessions|result)\/[^/]+/, "$1/{id}");
        seen.set(`${exchange.method} ${known} ${outcome}`, [exchange.method, `\`${known}\``, outcome]);
      }
    };
    const client = new LivenessClient({ baseUrl: gateway.origin, apiKey: "", enableRetry: false, customFetch, ...options });
    return Object.assign(client, { exchanges });
  }

  /** Everything that was called and what came of it, as a table in Markdown. */
  function table() {
    const rows = [...seen.values()].map((cells) => `| ${cells.join(" | ")} |`);
    return ["| Method | Path | Outcome |", "|---|---|---|", ...rows.sort()].join("\n");
  }

  function close() {
    globalThis.fetch = realFetch;
    assert.deepEqual([...new Set(asked)], [IP_LOOKUP], "no other third party may be asked");
  }

  return { clientOf, table, close, asked };
}

/** Asserts that a call of the client fails with this status and code; returns its last exchange. */
export async function fails(client, call, statusCode, code) {
  await assert.rejects(call, (error) => {
    assert.equal(error.name, "LivenessApiError", String(error));
    assert.deepEqual([error.statusCode, error.code], [statusCode, code], error.message);
    return true;
  });
  const exchange = client.exchanges.at(-1);
  if (exchange.status >= 400) assert.deepEqual([exchange.envelope.success, exchange.envelope.data], [false, null]);
  return exchange;
}
