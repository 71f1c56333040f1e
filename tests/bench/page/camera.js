// How many of a camera's frames the package's worker analyses when each one is requested and every face is cut.
import { engineFiles } from "./files.js";
import { outcome } from "./outcome.js";

/** Runs for `seconds`; returns the times (ms) of all frames and of those analysed. */
async function run({ seconds, fps }) {
  const video = document.querySelector("#preview");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: fps } });
  const [track] = stream.getVideoTracks();
  video.srcObject = stream;
  await video.play();

  const counter = new Worker(new URL("./count_worker.js", import.meta.url), { type: "module" });
  const copy = new MediaStreamTrackProcessor({ track: track.clone(), maxBufferSize: 2 * fps }).readable;
  counter.postMessage(copy, [copy]);

  const analysed = [];
  let crops = 0;
  const count = (notes) => void (crops += notes.filter(({ type }) => type === "cut").length);
  const files = await engineFiles("/pkg/");
  await new Promise((resolve, reject) => {
    const worker = new Worker("/pkg/worker.js");
    worker.onerror = ({ message }) => reject(new Error(message ?? "worker.js cannot be loaded"));
    worker.onmessage = ({ data }) => {
      switch (data.type) {
        case "ready": {
          // The buffer of one is the product's own setting: the newest frame wins.
          const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
          worker.postMessage({ type: "stream", readable }, [readable]);
          return worker.postMessage({ type: "next", notBefore: null });
        }
        case "analysed": {
          count(data.notes);
          if (analysed.push(data.timestamp) === 1) setTimeout(resolve, 1000 * seconds);
          const [score, x, y, width, height] = data.faces;
          if (score) worker.postMessage({ type: "take", run: 0, index: 0, whole: false, face: [x, y, width, height] });
          return worker.postMessage({ type: "next", notBefore: null });
        }
        case "notes":
          return count(data.notes);
        case "started":
        case "loaded":
        case "flowing":
          return undefined;
        default:
          reject(new Error(JSON.stringify(data)));
      }
    };
    worker.postMessage({ type: "files", files });
    worker.postMessage({ type: "init", cropRule: "square-context" });
  });
  const all = new Promise((resolve) => (counter.onmessage = ({ data }) => resolve(data)));
  counter.postMessage("report");
  return { all: await all, analysed, crops };
}

void outcome(run);
