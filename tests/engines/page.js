// In the page, served to it as a module: runs checks, and can stand in for a camera. Everything is put into `__engine`.
import { LivenessCheck, LivenessError } from "/liveness-capture/index.js";

const record = globalThis.__record;

/** As what frames have reached a worker. */
const carriers = new Set();
globalThis.Worker = class extends globalThis.Worker {
  postMessage(message, ...rest) {
    for (const { type, picture } of [message].flat()) {
      if (type === "stream") carriers.add("MediaStreamTrackProcessor");
      if (type === "frame") carriers.add(picture.constructor.name);
    }
    super.postMessage(message, ...rest);
  }
};

async function blobOf(path) {
  return (await fetch(path)).blob();
}

/** A camera that shows a clip over and over, through a canvas. Its tracks are recorded like a camera's. `view` is whose camera it is. */
async function canvasCamera(path, view = window) {
  const { document, navigator } = view;
  const clip = document.createElement("video");
  Object.assign(clip, { muted: true, loop: true, playsInline: true, src: URL.createObjectURL(await blobOf(path)) });
  const canvas = document.createElement("canvas");
  await clip.play();
  Object.assign(canvas, { width: clip.videoWidth, height: clip.videoHeight });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  setInterval(() => context.drawImage(clip, 0, 0), 1000 / 30);
  const getUserMedia = async () => {
    record.cameraCalls += 1;
    const stream = canvas.captureStream(30);
    record.tracks.push(...stream.getTracks());
    return stream;
  };
  if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = getUserMedia;
  else Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: { getUserMedia } });
}

const script = (src) => new Promise((onload, onerror) => document.body.append(Object.assign(document.createElement("script"), { src, onload, onerror })));

/** Runs one check in `<liveness-check>`, defined by the classic script; gives the words it ends with. */
async function runElement({ canvas, lang }) {
  await canvasCamera(canvas);
  await script("/liveness-capture/embed.js");
  const check = Object.assign(document.createElement("liveness-check"), { model: "mixed-10-v2", fps: 5, lang });
  // No larger than need be: an engine without graphics acceleration draws all of it by itself.
  check.style.width = "320px";
  document.body.append(check);
  const outcome = new Promise((resolve) => {
    check.addEventListener("liveness-result", ({ detail }) => resolve({ verdict: detail.verdict.verdict, said: check.shadowRoot.querySelector("#result-title").textContent }));
    check.addEventListener("liveness-error", ({ detail }) => resolve({ code: detail.code, detail: detail.detail }));
  });
  check.shadowRoot.querySelector("#start").click();
  return outcome;
}

/** Runs one check in the gateway's page, in a frame, by the helper. */
async function runFrame({ canvas }) {
  await script("/liveness-capture/frame.classic.js");
  const container = document.body.appendChild(document.createElement("div"));
  container.style.width = "320px";
  let frame;
  const outcome = await new Promise((resolve) => {
    frame = globalThis.LivenessFrame.mountLivenessFrame(container, {
      gateway: location.origin,
      model: "mixed-10-v2",
      fps: 5,
      onReady: () => canvasCamera(canvas, frame.element.contentWindow).then(frame.start, (error) => resolve({ code: String(error) })),
      onResult: ({ verdict }) => resolve({ verdict: verdict.verdict, height: frame.element.clientHeight }),
      onError: ({ code, detail }) => resolve({ code, detail }),
    });
  });
  frame.destroy();
  return outcome;
}

/** Whether there is a camera to be asked for. */
const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** Runs one check. `clip` is a file's path, `cancelAt` a state in which it is cancelled. */
async function run({ options = {}, clip = null, canvas = null, cancelAt = null, afterMs = 0 }) {
  if (canvas) await canvasCamera(canvas);
  const source = clip ? { source: await blobOf(clip) } : {};
  const video = document.getElementById("preview");
  const check = new LivenessCheck({ video, model: "mixed-10-v2", fps: 15, ...source, ...options });
  const states = [];
  const guidance = new Set();
  check.addEventListener("change", ({ detail }) => {
    guidance.add(detail.guidance);
    if (detail.state === states.at(-1)) return;
    states.push(detail.state);
    if (detail.state === cancelAt) setTimeout(() => check.cancel(), afterMs);
  });
  const outcome = await check.start().then(
    (verdict) => ({ verdict: verdict.verdict }),
    (error) => ({ code: error.code, detail: String(error.detail ?? error), typed: error instanceof LivenessError }),
  );
  return { ...outcome, states, guidance: [...guidance], carriers: [...carriers] };
}

/** What is left on, and what the page's policy has refused. */
function left() {
  const live = record.tracks.filter((track) => track.readyState === "live").length;
  const workers = record.workers.length - record.endedWorkers.size;
  return { tracks: record.tracks.length, live, workers, violations: record.violations };
}

globalThis.__engine = { hasCamera, run, runElement, runFrame, left };
