// Runs in the page before its own scripts. It is sent there as text, so it may not use anything outside itself.

/** Records camera tracks, workers, policy violations and the attributes of #app in `__record`. */
export function instrument() {
  const record = { tracks: [], workers: [], endedWorkers: new Set(), violations: [], timeline: [], cameraCalls: 0, cameraHold: null };
  globalThis.__record = record;

  const devices = navigator.mediaDevices;
  if (devices) {
    const original = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      record.cameraCalls += 1;
      // A test may hold the answer back, like a person who has not decided yet.
      if (record.cameraHold) await record.cameraHold;
      const stream = await original(constraints);
      record.tracks.push(...stream.getTracks());
      return stream;
    };
    const clone = MediaStreamTrack.prototype.clone;
    MediaStreamTrack.prototype.clone = function () {
      const copy = clone.call(this);
      record.tracks.push(copy);
      return copy;
    };
  }

  const OriginalWorker = globalThis.Worker;
  globalThis.Worker = class extends OriginalWorker {
    constructor(...args) {
      super(...args);
      record.workers.push(this);
    }
    terminate() {
      record.endedWorkers.add(this);
      super.terminate();
    }
  };

  document.addEventListener("securitypolicyviolation", (event) => {
    record.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
  });

  // `pagehide` comes first, so by now the page has done whatever it does on leaving.
  addEventListener("unload", () => {
    const live = record.tracks.filter((track) => track.readyState === "live").length;
    sessionStorage.setItem("tracksAtUnload", JSON.stringify({ live, all: record.tracks.length }));
  });

  addEventListener("DOMContentLoaded", () => {
    const app = document.getElementById("app");
    if (!app) return;
    const note = () => record.timeline.push({ at: performance.now(), ...app.dataset });
    note();
    new MutationObserver(note).observe(app, { attributes: true });
  });
}
