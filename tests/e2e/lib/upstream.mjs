// A local stand-in for the Moveris API that answers as documented, unless told otherwise.
import http from "node:http";
import { once } from "node:events";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
const PATH = "/api/v1/fast-check-crops";

const failed = (status, code, message, headers = {}) => ({
  status,
  headers,
  body: { data: null, success: false, message, errors: [{ [code]: [message] }] },
});

function documented({ method, path, headers, body }, key) {
  if (method !== "POST" || path !== PATH) return failed(404, "not_found", "Not found");
  if (headers["x-api-key"] !== key) return failed(401, "invalid_key", "Not authenticated");
  if (body.crops.length < 10) return failed(400, "insufficient_frames", "Insufficient frames.");
  const data = {
    verdict: "live", confidence: 0.92, real_score: 0.92, score: 92.0, type: "VERY HIGH", session_id: body.session_id,
    model: body.model, input_source: "rest_crops", processing_ms: 420, frames_processed: body.crops.length,
    tenant_metadata: null, warning: null, warnings: body.warnings ?? null, created_at: "2026-03-27T14:00:00Z",
  };
  return { status: 200, headers: { "x-moveris-model-resolved": body.model }, body: { data, success: true, message: "OK" } };
}

/**
 * Starts it. `requests` lists those received: {method, path, headers, body}. Entries of `script` are used up
 * first, one per request: an answer made by `failed`, {drop: true}, {silentMs}, or {encoding}.
 */
export async function startUpstream(key) {
  const requests = [];
  const script = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url: path, headers } = request;
    const received = { method, path, headers, body: JSON.parse(Buffer.concat(chunks)) };
    requests.push(received);
    const step = script.shift() ?? {};
    if (step.drop) return request.socket.destroy();
    if (step.silentMs) await new Promise((resolve) => setTimeout(resolve, step.silentMs));
    const answer = step.status ? step : documented(received, key);
    const encoded = step.encoding && { "content-encoding": step.encoding };
    response.writeHead(answer.status, { "content-type": "application/json", ...encoded, ...answer.headers });
    const body = JSON.stringify(answer.body);
    response.end(step.encoding ? ENCODERS[step.encoding](body) : body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    script,
    failed,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
