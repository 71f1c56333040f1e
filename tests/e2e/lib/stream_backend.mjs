// Answers `fast-check-stream` as documented: buffers frames and gives the verdict with the last one.

const PATH = "/api/v1/fast-check-stream";

/** A rule for the proxy, and the frames it has received. They may come in any order. */
export function streamBackend({ framesRequired }) {
  const frames = new Map();
  let session = null;
  const envelope = (data) => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data, success: true, message: "OK" }),
  });

  function answer(body) {
    session ??= body.session_id;
    if (body.session_id !== session) throw new Error("a second session");
    frames.set(body.frame.index, body.frame);
    const common = { session_id: session, frames_received: frames.size, frames_required: framesRequired, warnings: null };
    if (frames.size < framesRequired) return envelope({ status: "buffering", ttl_seconds: 60, ...common });
    return envelope({
      status: "complete", verdict: "live", confidence: 0.95, real_score: 0.95, score: 95.0, model: body.model,
      processing_ms: 245, frames_processed: framesRequired, ttl_seconds: 0, available: true, warning: null, error: null, ...common,
    });
  }

  return {
    rule: ({ method, path, body }) => (method === "POST" && path === PATH ? answer(JSON.parse(body)) : undefined),
    sessionId: () => session,
    frames: () => [...frames.values()].sort((a, b) => a.index - b.index),
    indices: () => [...frames.keys()].sort((a, b) => a - b),
  };
}
