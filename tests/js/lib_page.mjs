// A fake page with all that the package's script uses, and a log of what was started.

/** The smallest possible module. */
const WASM = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

class Track extends EventTarget {
  readyState = "live";
  stop() {
    this.readyState = "ended";
  }
}

export class Stream {
  #real = true;
  track = new Track();
  getTracks() {
    return [this.track];
  }
  getVideoTracks() {
    return [this.track];
  }
  get active() {
    return this.#real && this.getVideoTracks().some(({ readyState }) => readyState === "live");
  }
}
globalThis.MediaStream = Stream;

/** A `<video>` as far as its class's own getter can tell. */
class Video {
  #width = 640;
  get videoWidth() {
    return this.#width;
  }
  get [Symbol.toStringTag]() {
    return "HTMLVideoElement";
  }
}
globalThis.HTMLVideoElement = Video;
export const video = () => new Video();

/** Installs a page. `started` lists what was started; `listeners` counts those on window and document. */
export function page({ href = "https://site.example/app/", baseURI = href, origin = new URL(href).origin } = {}) {
  const started = [];
  const window = new EventTarget();
  const listeners = { window: 0, document: 0 };
  const document = Object.assign(new EventTarget(), { baseURI });
  for (const [name, change] of [["addEventListener", 1], ["removeEventListener", -1]]) {
    document[name] = (...all) => ((listeners.document += change), EventTarget.prototype[name].apply(document, all));
  }
  class FakeWorker extends EventTarget {
    constructor() {
      super();
      started.push("worker");
      queueMicrotask(() => this.dispatchEvent(new MessageEvent("message", { data: { type: "started" } })));
    }
    postMessage({ type }) {
      if (type === "files") this.dispatchEvent(new MessageEvent("message", { data: { type: "loaded" } }));
      if (type === "end") this.dispatchEvent(new MessageEvent("message", { data: { type: "ended" } }));
    }
    terminate() {
      started.push("worker ended");
    }
  }
  const camera = { open: async () => new Stream() };
  Object.assign(globalThis, {
    location: new URL(href),
    origin,
    document,
    isSecureContext: true,
    Worker: FakeWorker,
    addEventListener: (...all) => (listeners.window++, window.addEventListener(...all)),
    removeEventListener: (...all) => (listeners.window--, window.removeEventListener(...all)),
    dispatchEvent: (event) => window.dispatchEvent(event),
    fetch: async (url) => {
      started.push(`fetch ${new URL(url).pathname}`);
      return new Response(WASM, { headers: { "content-type": "application/wasm" } });
    },
  });
  Object.defineProperty(globalThis, "navigator", {
    configurable: true,
    value: {
      mediaDevices: {
        getUserMedia: async (constraints) => {
          started.push("camera");
          return camera.open(constraints);
        },
      },
    },
  });
  return { started, listeners, camera, window };
}

/** What a person is asked for when no check runs. */
export const SILENT = { guidance: "none", message: "", help: null, far: false, timeLeftMs: null };

/** What a person is asked for. */
export const asked = (snapshot) => Object.fromEntries(Object.keys(SILENT).map((name) => [name, snapshot[name]]));

/** Waits until `condition` holds. */
export async function until(condition) {
  for (let turn = 0; turn < 200; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`never: ${condition}`);
}
