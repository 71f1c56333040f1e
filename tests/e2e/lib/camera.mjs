// Videos for Chromium's fake camera (which reads MJPEG), made once and cached.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FPS, FRAMES, HEIGHT, WIDTH, faceVideo } from "./drawn_face.mjs";
import { FOOTAGE, cacheDir } from "./paths.mjs";

const LIB = dirname(fileURLToPath(import.meta.url));
const MJPEG = ["-an", "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-r", String(FPS), "-f", "mjpeg"];
const MP4 = ["-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p", "-r", String(FPS), "-movflags", "+faststart", "-f", "mp4"];

/** As a browser records it: no length, no index. */
const WEBM = ["-an", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-g", "100", "-live", "1", "-f", "webm"];
/** Of 480 columns which are to be shown as 640. */
const SQUEEZED = ["-vf", "scale=480:480,setsar=4/3", ...MP4];
/** As a phone records it: lying on its side. `noteTurn` puts a note of it into the header. */
const TURNED = ["-vf", "transpose=2", ...MP4];
/** In the colours of ultra-high definition. */
const WIDE_COLOURS = ["-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "bt709", "-color_range", "tv"];
const WIDE = [
  ...["-vf", "scale=out_color_matrix=bt2020:out_range=tv", "-an", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
  ...["-b:v", "2M", "-pix_fmt", "yuv420p", ...WIDE_COLOURS, "-f", "webm"],
];
const FILES = { mp4: MP4, webm: WEBM, squeezed: SQUEEZED, turned: TURNED, wide: WIDE };

/** A clip of the footage as a fake camera. */
export async function cameraFromClip(name) {
  const source = join(FOOTAGE, name);
  if (name.endsWith(".mjpeg")) return source;
  const { size, mtimeMs } = await stat(source);
  return cached(`${source} ${size} ${mtimeMs}`, "mjpeg", (target) => ffmpeg(["-i", source, ...MJPEG, target]));
}

/** A drawn video as a fake camera; the options are those of `faceVideo`. */
export const drawnCamera = (options = {}) => drawn(options, "mjpeg", MJPEG);

/**
 * The same as a file that a video element can play: an "mp4", a "webm" that does not say how long it is, or one that is
 * "squeezed", "turned" or of "wide" colours.
 */
export const drawnFile = (options = {}, kind = "mp4") => drawn(options, kind, FILES[kind]);

/** The same file with a note in its header: turn a quarter clockwise. */
export function noteTurn(mp4) {
  const turned = Buffer.from(mp4);
  // A track's matrix, 40 bytes after its box's name and version; all but the last number have 16 bits after the point.
  const at = turned.indexOf("tkhd") + 4;
  if (at < 4 || turned[at] !== 0) throw new Error("no track header of version 0");
  [0, 0x1_0000, 0, -0x1_0000, 0, 0, HEIGHT << 16, 0, 0x4000_0000].forEach((value, i) => turned.writeInt32BE(value, at + 40 + i * 4));
  return turned;
}

async function drawn({ frames = FRAMES, ...options }, extension, encoding) {
  const painters = await Promise.all(["drawn_face.mjs", "raster.mjs"].map((file) => readFile(join(LIB, file), "utf8")));
  const key = JSON.stringify([painters, frames, options, encoding]);
  return cached(key, extension, async (target) => {
    const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${WIDTH}x${HEIGHT}`, "-r", String(FPS), "-i", "pipe:0"];
    const paint = faceVideo(options);
    await ffmpeg([...input, ...encoding, target], async (stdin) => {
      for (let frame = 0; frame < frames; frame++) {
        if (!stdin.write(paint(frame))) await once(stdin, "drain");
      }
    });
  });
}

/** Makes the file unless it exists; completely or not at all. */
async function cached(key, extension, make) {
  const name = createHash("sha256").update(key).digest("hex").slice(0, 24);
  const path = join(cacheDir(), `${name}.${extension}`);
  if (existsSync(path)) return path;
  const partial = `${path}.${process.pid}.partial`;
  try {
    await make(partial);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  return path;
}

async function ffmpeg(args, feed = null) {
  const child = spawn("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y", ...args], { stdio: ["pipe", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  // The exit code shows a failure; the broken pipe it leaves can be ignored.
  child.stdin.on("error", () => undefined);
  const closed = once(child, "close");
  await feed?.(child.stdin);
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) throw new Error(`ffmpeg failed (${code}): ${errors.trim()}`);
}

/** For a page that is to have these cameras: the last is its own, the others are covered. `__asked` lists those that were opened. */
export function coveredAndOther(ids = ["a", "b"]) {
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  const asked = (globalThis.__asked = []);
  devices.enumerateDevices = async () => ids.map((deviceId) => ({ kind: "videoinput", deviceId, label: `Camera ${deviceId}` }));
  // A camera's stream says which it is.
  const named = (stream, deviceId) => {
    const [track] = stream.getVideoTracks();
    const { getSettings } = track;
    track.getSettings = () => ({ ...getSettings.call(track), deviceId });
    return stream;
  };
  devices.getUserMedia = async ({ video }) => {
    const id = video.deviceId?.exact ?? ids[0];
    asked.push(id);
    if (id === ids.at(-1)) return named(await original({ video: true }), id);
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const paint = canvas.getContext("2d");
    // Grey, but not frozen.
    setInterval(() => {
      paint.fillStyle = `rgb(80 80 ${80 + (performance.now() % 8)})`;
      paint.fillRect(0, 0, 640, 480);
    }, 60);
    return named(canvas.captureStream(), id);
  };
}
