// The body of a function that makes a worker: it finds a face in every frame and answers requests as `engine.answer` says,
// with `{ status, body?, retryAfter? }`, `null` for a lost connection, or a promise of either.
const worker = new EventTarget();
const engine = { sent: [], flying: 0, most: 0, face: true, answer: () => new Promise(() => {}) };
window.__engine = engine;
let frames = 0;
const say = (data) => worker.dispatchEvent(new MessageEvent("message", { data }));
const note = (...notes) => say({ type: "notes", notes });
const replies = {
  init: () => say({ type: "ready" }),
  next() {
    const sequence = ++frames;
    const faces = new Float32Array(engine.face ? 17 : 0).fill(NaN);
    if (engine.face) faces.set([0.9, 245, 165, 150, 150]);
    const measures = new Float32Array(17).fill(NaN);
    say({ type: "analysed", sequence, timestamp: sequence * 33, width: 640, height: 480, faces, measures, notes: [] });
  },
  take: ({ run, index }) => note({ type: "cut", run, index }),
  async send({ id, request }) {
    engine.sent.push(request);
    engine.most = Math.max(engine.most, ++engine.flying);
    const answer = await engine.answer(request, engine.sent.length);
    engine.flying -= 1;
    const { status, body = {}, retryAfter = null } = answer ?? {};
    if (answer) note({ type: "answered", id, status, retryAfter, date: null, body });
    else note({ type: "unanswered", id, code: "network_error", detail: "lost" });
  },
};
worker.postMessage = (data) => {
  for (const message of [data].flat()) setTimeout(() => replies[message.type]?.(message), 2);
};
worker.terminate = () => {};
return worker;
