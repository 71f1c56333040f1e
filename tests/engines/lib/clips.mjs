// The clips that every engine gets.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drawnFile } from "../../e2e/lib/camera.mjs";
import { FPS, HEIGHT, WIDTH, faceVideo } from "../../e2e/lib/drawn_face.mjs";

/** Five seconds of a drawn face that moves. */
export const drawn = async () => readFile(await drawnFile());

/** Five seconds of one picture, so that it does not matter which frames an engine happens to show. */
export async function still() {
  const folder = await mkdtemp(join(tmpdir(), "liveness-still-"));
  try {
    const target = join(folder, "still.mp4");
    const raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${WIDTH}x${HEIGHT}`, "-r", String(FPS), "-i", "pipe:0"];
    const again = ["-vf", `loop=loop=${5 * FPS - 1}:size=1,scale=out_color_matrix=bt601`];
    // Said, lest each browser guess by itself.
    const colours = ["-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-colorspace", "smpte170m", "-color_range", "tv"];
    const encoding = [...colours, "-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage", "-crf", "12", "-pix_fmt", "yuv420p", "-movflags", "+faststart"];
    const args = ["-hide_banner", "-loglevel", "error", "-y", ...raw, ...again, ...encoding, target];
    const child = spawn("ffmpeg", args, { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(faceVideo()(0));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`ffmpeg failed (${code})`);
    return await readFile(target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
