// Serves everything that the bench's pages load, from one origin on loopback.
import { randomUUID } from "node:crypto";
import http from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};
/** These two isolate a page, which makes its clock good to 5 us instead of 100. */
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "max-age=600",
};

/** A page around one script, with a preview for the camera. */
const PAGE = (script) => `<!doctype html>
<meta charset="utf-8">
<title>bench</title>
<link rel="icon" href="data:,">
<video id="preview" playsinline muted></video>
<script type="module" src="/bench/${script}.js"></script>
`;

/**
 * Starts a server. `folders` maps a first path segment to the folders to search, in order; `files` maps a whole path
 * to bytes; `/page/NAME` is a page around the script NAME; `/api/` goes to the gateway at `gateway`.
 * `log` lists the paths requested. `exchanges` lists what went to the gateway: {method, path (without its query), at (ms),
 * body (if JSON), status, answeredAt (both null if unanswered)}. `expect()` returns {id, outcome}: what a page sends to
 * `/outcome/ID`.
 */
export async function startServer({ folders, files, gateway }) {
  const log = [];
  const exchanges = [];
  const expected = new Map();

  async function content(path) {
    if (files[path]) return files[path];
    const [, first, ...rest] = path.split("/");
    if (first === "page" && /^\w+$/.test(rest[0])) return Buffer.from(PAGE(rest[0]));
    const relative = normalize(rest.join("/"));
    if (relative.startsWith("..")) return null;
    for (const folder of folders[first] ?? []) {
      const bytes = await readFile(join(folder, relative)).catch(() => null);
      if (bytes) return bytes;
    }
    return null;
  }

  async function serve(request, response) {
    const path = new URL(request.url, "http://localhost").pathname;
    if (path.startsWith("/api/")) return forward(request, response);
    if (path.startsWith("/outcome/")) return receive(request, response, path.split("/")[2]);
    log.push(path);
    const body = await content(path);
    if (body === null) return response.writeHead(404, HEADERS).end();
    const type = path.startsWith("/page/") ? TYPES[".html"] : (TYPES[extname(path)] ?? "application/octet-stream");
    response.writeHead(200, { ...HEADERS, "content-type": type, "content-length": body.length }).end(body);
  }

  async function receive(request, response, id) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    response.writeHead(204, HEADERS).end();
    // Anything a page reports after its outcome is ignored.
    const settle = expected.get(id);
    expected.delete(id);
    const { value, error } = JSON.parse(Buffer.concat(chunks).toString());
    if (error === undefined) settle?.resolve(value);
    else settle?.reject(new Error(error));
  }

  function forward(request, response) {
    const { hostname, port } = new URL(gateway);
    const { method, url, headers } = request;
    const exchange = { method, path: url.split("?")[0], at: performance.now(), body: null, status: null, answeredAt: null };
    exchanges.push(exchange);
    const onward = http.request({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
      answer.on("end", () => Object.assign(exchange, { status: answer.statusCode, answeredAt: performance.now() }));
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
    if (!headers["content-type"]?.startsWith("application/json")) return;
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => (exchange.body = Buffer.concat(chunks).toString()));
  }

  const server = http.createServer((request, response) => serve(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    log,
    exchanges,
    expect() {
      const id = randomUUID();
      const outcome = new Promise((resolve, reject) => expected.set(id, { resolve, reject }));
      return { id, outcome };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
