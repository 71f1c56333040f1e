// From navigation to the first detection with the package as a page uses it. The camera prompt stays open, so there
// is no camera to wait for: the worker that the check starts is given a frame as soon as it is ready.
import { LivenessCheck } from "/pkg/index.js";
import { loadFrames } from "./frames.js";
import { outcome } from "./outcome.js";

const frames = loadFrames("/frame.i420");
navigator.mediaDevices.getUserMedia = () => new Promise(() => undefined);

/** Resolves with the time since the navigation began, and 1 if a face was found. */
const firstDetection = () =>
  new Promise((resolve, reject) => {
    globalThis.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", async (event) => {
          // The package gets its worker ready; from there on only this page talks to it.
          if (["started", "loaded"].includes(event.data.type)) return;
          event.stopImmediatePropagation();
          if (event.data.type === "ready") {
            const frame = (await frames).at(0);
            this.postMessage({ type: "frame", timestamp: 0, picture: frame }, [frame]);
          } else if (event.data.type === "analysed") {
            resolve({ at: performance.now(), faces: event.data.faces.length > 0 ? 1 : 0 });
          } else {
            reject(new Error(JSON.stringify(event.data)));
          }
        });
      }
    };
    new LivenessCheck({ video: document.querySelector("#preview") }).start().catch(reject);
  });

void outcome(firstDetection);
