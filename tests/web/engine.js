// The body of a function that makes a worker: it finds a face in every frame and answers requests as `engine.answer` says,
// with `{ status, body?, retryAfter? }`, `null` for a lost connection, or a promise of either. `engine.next` is what it does
// when it is asked for a frame of the stream.
const worker = new EventTarget();
const engine = { told: [], sent: [], flying: 0, most: 0, face: true, next: analysed, answer: () => new Promise(() => {}) };
window.__engine = engine;
let frames = 0;
const say = (data) => worker.dispatchEvent(new MessageEvent("message", { data }));
const note = (...notes) => say({ type: "notes", notes });
function analysed() {
  const sequence = ++frames;
  const faces = new Float32Array(engine.face ? 17 : 0).fill(NaN);
  if (engine.face) faces.set([0.9, 245, 165, 150, 150]);
  const measures = new Float32Array(17).fill(NaN);
  say({ type: "analysed", sequence, timestamp: sequence * 33, width: 640, height: 480, faces, measures, notes: [] });
}
engine.say = say;
const replies = {
  init: () => say({ type: "ready" }),
  next: () => engine.next(),
  frame({ picture }) {
    picture.close?.();
    analysed();
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
  for (const message of [data].flat()) {
    engine.told.push(message.type);
    setTimeout(() => (replies[message.type] ?? engine[message.type])?.(message), 2);
  }
};
worker.terminate = () => {};
return worker;
