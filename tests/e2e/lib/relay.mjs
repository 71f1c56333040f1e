// Runs in the page before its own scripts. Each function is sent there as text, so it may not use anything outside itself.

/**
 * A camera that the test has in hand, in `__relay`: it shows what the browser's own does, in a size of the test's choice
 * and no more often than every `everyMs`, or shows a room that is `empty`, or stops showing anything.
 */
export function relayCamera() {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  const relay = { paused: false, empty: false, width: 640, height: 480, everyMs: 0, tracks: [] };
  globalThis.__relay = relay;
  devices.getUserMedia = async (constraints) => {
    const real = await original(constraints);
    const video = Object.assign(document.createElement("video"), { srcObject: real, muted: true });
    // What the page does to `play` is meant for its own element.
    await (relay.play ?? HTMLMediaElement.prototype.play).call(video);
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    let drawnAt = -Infinity;
    const draw = () => {
      if (relay.paused || performance.now() - drawnAt < relay.everyMs) return;
      drawnAt = performance.now();
      const { width, height } = relay;
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      if (relay.empty) {
        // Not frozen: a wall and a window, before which the light changes a little.
        for (const [x, colour] of [[0, `rgb(90 90 ${90 + (drawnAt % 8)})`], [width / 2, "rgb(200 210 220)"]]) {
          context.fillStyle = colour;
          context.fillRect(x, 0, width / 2, height);
        }
        return;
      }
      // The middle, as large as fits: a camera that is turned does not squeeze its picture.
      const scale = Math.max(width / video.videoWidth, height / video.videoHeight);
      const [w, h] = [video.videoWidth * scale, video.videoHeight * scale];
      context.drawImage(video, (width - w) / 2, (height - h) / 2, w, h);
    };
    draw();
    const timer = setInterval(draw, 33);
    const stream = canvas.captureStream();
    const [track] = stream.getTracks();
    relay.tracks.push(track);
    globalThis.__record.tracks.push(track);
    track.stop = () => {
      clearInterval(timer);
      real.getTracks().forEach((each) => each.stop());
      MediaStreamTrack.prototype.stop.call(track);
    };
    return stream;
  };
}

/** Refuses to play anything until the person has done something, like a browser that saves power. */
export function refuseToPlay() {
  const play = HTMLMediaElement.prototype.play;
  if (globalThis.__relay) globalThis.__relay.play = play;
  let allowed = false;
  const refusal = { refused: 0 };
  globalThis.__refusal = refusal;
  for (const name of ["click", "keydown"]) addEventListener(name, () => (allowed = true), true);
  HTMLMediaElement.prototype.play = function () {
    if (allowed || !this.isConnected) return play.call(this);
    refusal.refused += 1;
    return Promise.reject(new DOMException("play() failed because the user didn't interact with the document first.", "NotAllowedError"));
  };
}

/** Interrupts the first attempt to play, which somebody else makes good at once. */
export function interruptPlay() {
  const play = HTMLMediaElement.prototype.play;
  if (globalThis.__relay) globalThis.__relay.play = play;
  HTMLMediaElement.prototype.play = function () {
    HTMLMediaElement.prototype.play = play;
    play.call(this);
    return Promise.reject(new DOMException("The play() request was interrupted by a call to pause().", "AbortError"));
  };
}

/** Runs a check in a bare page; `__run` has its snapshots, and the outcome once it has ended. */
export function runCheck(options) {
  const run = { guidance: [], states: [], outcome: null };
  globalThis.__run = run;
  const source = options.source === "own" ? globalThis.__own : options.source === "file" ? globalThis.__file : options.source;
  return import(new URL("/liveness-capture/index.js", location.href).href).then(({ LivenessCheck }) => {
    const check = new LivenessCheck({ video: document.getElementById("preview"), model: "mixed-10-v2", fps: 15, ...options, source });
    run.check = check;
    check.addEventListener("change", ({ detail }) => {
      if (run.states.at(-1) !== detail.state) run.states.push(detail.state);
      if (run.guidance.at(-1) !== detail.guidance) run.guidance.push(detail.guidance);
      run.camera = detail.camera;
    });
    check.start().then(({ verdict }) => (run.outcome = verdict), ({ code, detail }) => (run.outcome = code + (detail ? `: ${detail}` : "")));
  });
}

/** Keeps a list of listeners on what outlives a check, and counts object URLs: `__stays.count()` says what is left. */
export function countWhatStays() {
  const lasting = (target) => target === window || target === document || target === navigator.mediaDevices || target instanceof HTMLVideoElement || target instanceof MediaStreamTrack || target instanceof AbortSignal;
  const listeners = new Map();
  const urls = new Set();
  const made = { listeners: 0, urls: 0 };
  const idOf = (() => {
    const ids = new WeakMap();
    let last = 0;
    return (object) => {
      if (!ids.has(object)) ids.set(object, ++last);
      return ids.get(object);
    };
  })();
  const keyOf = (target, type, listener, options) => `${idOf(target)} ${type} ${listener && idOf(listener)} ${typeof options === "object" ? Boolean(options?.capture) : Boolean(options)}`;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (listener && lasting(target)) {
      const key = keyOf(target, type, listener, options);
      made.listeners += 1;
      listeners.set(key, `${Object.prototype.toString.call(target)} ${type}`);
      if (options?.once) addEventListener.call(target, type, () => listeners.delete(key), { once: true });
    }
    return addEventListener.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (listener && lasting(target)) listeners.delete(keyOf(target, type, listener, options));
    return removeEventListener.call(target, type, listener, options);
  };
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (object) => {
    const url = createObjectURL.call(URL, object);
    made.urls += 1;
    urls.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    urls.delete(url);
    revokeObjectURL.call(URL, url);
  };
  globalThis.__stays = { count: () => ({ listeners: [...listeners.values()], urls: urls.size, made }) };
}
