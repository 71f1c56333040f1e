// A static server with the habits of many, and the gateway's API on the same origin.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Starts a server of `root`. Options:
 *   pages      {"/path": html} or {"/path": {html, headers}}: pages that are in no file
 *   prefix     the path under which everything is; anything else is not found
 *   fallback   an unknown path is answered with /index.html and 200, like a single-page application's
 *   missing    an expression: paths that match it are not there
 *   types      {".wasm": "text/plain"}: other content types
 *   headers    of all answers: an object, or a function of the path (without prefix) and whether it is a page
 *   gateway    the origin to which /api/ is forwarded, or, without `root` and `pages`, everything is
 *   port       the port to listen on; any by default
 */
export async function startServer({ root = null, pages = {}, prefix = "/", fallback = false, missing = null, types = {}, headers = {}, gateway = null, port = 0 }) {
  const served = [];
  const everything = root === null && Object.keys(pages).length === 0;
  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });

  async function answer(request, response) {
    const path = decodeURIComponent(request.url.split("?")[0]);
    if (gateway && path.startsWith(everything ? prefix : `${prefix}api/`)) return forward(request, response, request.url.slice(prefix.length - 1));
    if (path === "/favicon.ico") return response.writeHead(204).end();
    const found = path.startsWith(prefix) ? await find(`/${path.slice(prefix.length)}`) : null;
    served.push({ path, found: found !== null && !found.fallback });
    if (!found) return response.writeHead(404, { "content-type": "text/plain" }).end("not found");
    const given = typeof headers === "function" ? headers(`/${path.slice(prefix.length)}`, found.type.startsWith("text/html")) : headers;
    response.writeHead(200, { "content-type": found.type, "cache-control": "no-cache", ...given, ...found.headers });
    if (found.html !== undefined) return response.end(found.html);
    createReadStream(found.file).pipe(response);
  }

  async function find(path) {
    const page = pages[path];
    if (page) return { type: TYPES[".html"], ...(typeof page === "string" ? { html: page } : page) };
    if (!missing?.test(path)) {
      const file = await existing(path);
      if (file) return file;
    }
    return fallback ? { ...(pages["/"] ? { type: TYPES[".html"], html: pages["/"] } : await existing("/")), fallback: true } : null;
  }

  async function existing(path) {
    if (!root) return null;
    let file = join(root, normalize(path));
    const status = await stat(file).catch(() => null);
    if (status?.isDirectory()) file = join(file, "index.html");
    if (!status || !(await stat(file).catch(() => null))?.isFile()) return null;
    const ending = extname(file);
    return { file, type: types[ending] ?? TYPES[ending] ?? "application/octet-stream" };
  }

  function forward(request, response, url) {
    const { hostname, port } = new URL(gateway);
    const onward = http.request({ hostname, port, method: request.method, path: url, headers: request.headers }, (answer) => {
      const own = typeof headers === "function" ? {} : headers;
      response.writeHead(answer.statusCode, { ...answer.headers, ...own });
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
    return new Promise((resolve) => response.on("close", resolve));
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    url: `${origin}${prefix}`,
    /** What was asked for besides the API: [{path, found}]. */
    served,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
