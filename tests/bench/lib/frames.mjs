// The frames that every contender sees, in the format in which a camera delivers them.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cameraFromClip, drawnCamera } from "../../e2e/lib/camera.mjs";
import { FOOTAGE } from "../../e2e/lib/paths.mjs";

const CLIP = "fakecam/live_man_hoodie.mjpeg";
export const [WIDTH, HEIGHT] = [640, 480];

/** A video for the fake camera: {file, source}, from the footage if present, otherwise drawn. */
export async function camera() {
  return existsSync(join(FOOTAGE, CLIP))
    ? { file: await cameraFromClip(CLIP), source: CLIP }
    : { file: await drawnCamera(), source: "drawn face" };
}

/** The video's first frames as I420, BT.601, limited range, one after the other. */
export async function decode(file, count) {
  const output = ["-frames:v", String(count), "-vf", `scale=${WIDTH}:${HEIGHT}:out_range=tv`, "-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"];
  const args = ["-hide_banner", "-loglevel", "error", "-f", "mjpeg", "-i", file, ...output];
  const size = (WIDTH * HEIGHT * 3) / 2;
  const { stdout } = await promisify(execFile)("ffmpeg", args, { encoding: "buffer", maxBuffer: 2 * size * count });
  if (stdout.length === 0 || stdout.length % size !== 0) throw new Error(`${file}: ${stdout.length} bytes of frames`);
  return stdout;
}
