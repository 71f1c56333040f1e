// The package's own worker.js, unchanged, with a stopwatch: runs it in this very worker, gives it the messages
// a page would send, and measures the time until it answers.
import { loadFrames } from "./frames.js";
import { engineFiles } from "./files.js";

let memory = null;
/** Resolves with the next answer and the time at which the worker gave it. */
let answered = null;

for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...args) => {
    const result = await original.apply(WebAssembly, args);
    memory = (result.instance ?? result).exports.memory ?? memory;
    return result;
  };
}
// Notes about pictures come later, and nothing waits for them.
self.postMessage = (message) => void (["notes", "started"].includes(message.type) || answered({ at: performance.now(), message }));

const tell = (data) => self.dispatchEvent(new MessageEvent("message", { data }));

/** The size of the picture the worker keeps, from a request that is intercepted. */
function keptBytes() {
  const original = self.fetch;
  let bytes = 0;
  self.fetch = (_, { body }) => {
    bytes = body.length;
    return Promise.reject(new TypeError("not sent"));
  };
  const body = { type: "picture", index: 0 };
  const request = { method: "PUT", url: "https://nowhere.invalid/", headers: [], credentials: "omit", timeoutMs: 1_000, body };
  tell({ type: "send", id: 1, run: 0, request });
  self.fetch = original;
  return bytes;
}

/** Sends a message to the package's worker, whose answer must be of type `wanted`. */
async function ask(data, wanted) {
  const answer = new Promise((resolve) => (answered = resolve));
  tell(data);
  const { at, message } = await answer;
  if (message.type !== wanted) throw new Error(`the worker answered ${JSON.stringify(message)}, not ${wanted}`);
  return { at, message };
}

/** Takes one `VideoFrame` to the PNG of its best face; times in milliseconds. */
async function whole(frame) {
  const timestamp = frame.timestamp / 1000;
  const began = performance.now();
  const { at: detected, message } = await ask({ type: "frame", picture: frame, timestamp }, "analysed");
  if (message.faces.length === 0) return { detect: detected - began, face: null };
  const [, x, y, width, height] = message.faces;
  const asked = performance.now();
  // The crop is cut and encoded by the time the event has been handled.
  tell({ type: "take", run: 0, index: 0, whole: false, face: [x, y, width, height] });
  const cropped = performance.now() - asked;
  const bytes = keptBytes();
  return { detect: detected - began, crop: cropped, frame: detected - began + cropped, bytes, face: { x, y, width, height } };
}

/** Detects in frame after frame, `count` times, and records memory and detection times. */
async function endurance(frames, count, every) {
  const points = [];
  let times = [];
  for (let i = 1; i <= count; i += 1) {
    times.push((await whole(frames.at(i))).detect);
    if (i % every === 0) {
      points.push({ frames: i, memory: memory.buffer.byteLength, times });
      times = [];
    }
  }
  return points;
}

self.onmessage = async ({ data: { base, frames: url }, ports: [port] }) => {
  self.onmessage = null;
  const reply = (work) => work.then((value) => port.postMessage({ value }), (error) => port.postMessage({ error: String(error) }));
  const start = async () => {
    const frames = await loadFrames(url);
    await import(`${base}worker.js`);
    await ask({ type: "files", files: await engineFiles(base) }, "loaded");
    await ask({ type: "init", cropRule: "square-context" }, "ready");
    const commands = {
      whole: ({ index }) => whole(frames.at(index)),
      endurance: ({ count, every }) => endurance(frames, count, every),
    };
    port.onmessage = ({ data }) => reply(commands[data.command](data));
  };
  await reply(start());
};
