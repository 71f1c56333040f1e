import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { startServer } from "./lib/server.mjs";

let [gateway, server] = [null, null];
const asked = [];

before(async () => {
  gateway = http.createServer(async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += chunk.length;
    asked.push(request.url);
    if (request.url.endsWith("/lost")) return request.socket.destroy();
    response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ size }));
  });
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
  server = await startServer({ folders: {}, files: {}, gateway: `http://127.0.0.1:${gateway.address().port}` });
});

after(async () => {
  await server?.stop();
  gateway?.closeAllConnections();
  gateway?.close();
});

const send = (method, path, type, body) => fetch(`${server.origin}${path}`, { method, headers: type ? { "content-type": type } : {}, body });

test("requests to the gateway arrive intact and are recorded with their times, JSON with its text", async () => {
  server.exchanges.length = 0;
  const text = JSON.stringify({ timestamps_ms: [0, 100], words: "ä".repeat(100_000) });
  const answers = [await send("POST", "/api/v1/x/complete", "application/json; charset=utf-8", text), await send("PUT", "/api/v1/x/crops/0?run=1", "image/png", Buffer.alloc(50_000))];
  assert.deepEqual(await Promise.all(answers.map((answer) => answer.json())), [{ size: Buffer.byteLength(text) }, { size: 50_000 }]);
  const [json, png] = server.exchanges;
  assert.deepEqual([json.method, json.path, json.status, json.body], ["POST", "/api/v1/x/complete", 201, text]);
  assert.deepEqual([png.method, png.path, png.status, png.body], ["PUT", "/api/v1/x/crops/0", 201, null]);
  assert.equal(asked.at(-1), "/api/v1/x/crops/0?run=1", "the gateway must get the query, too");
  for (const { at, answeredAt } of server.exchanges) assert.ok(at > 0 && answeredAt >= at);
  assert.ok(png.at >= json.answeredAt);
});

test("an unanswered request is recorded without an answer", async () => {
  server.exchanges.length = 0;
  await assert.rejects(send("GET", "/api/v1/lost"));
  const [{ status, answeredAt }] = server.exchanges;
  assert.deepEqual([status, answeredAt], [null, null]);
});
