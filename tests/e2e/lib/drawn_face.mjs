// Nobody's face: drawn from ellipses and polygons, well enough for a face detector to find it.
// The recipe (proportions, softness, light from one side, noise) is one that BlazeFace was measured to accept.
import { Raster, gaussian } from "./raster.mjs";

export const WIDTH = 640;
export const HEIGHT = 480;
export const FPS = 30;
/** Movements are periodic over this many frames, so that the video loops without a jump. */
export const FRAMES = 150;

const SKIN = [214, 170, 142];
const SKIN_DARK = [176, 128, 104];
const HAIR = [58, 42, 34];
const SHIRT = [66, 92, 120];
const LIP = [172, 96, 92];
const wave = (frame, cycles, phase = 0) => Math.sin((2 * Math.PI * cycles * frame) / FRAMES + phase);

/** Where the head is in a frame. `radius` is the drawing's unit r; the found box is about 1.6 r wide. */
export function pose(frame, { radius = 92, cx = 320, cy = 216, sway = 1 } = {}) {
  return {
    r: radius * (1 + 0.015 * sway * wave(frame, 2, 1)),
    cx: cx + sway * (9 * wave(frame, 2) + 2.5 * wave(frame, 5, 2)),
    cy: cy + sway * (4 * wave(frame, 3, 0.5) + 1.5 * wave(frame, 4)),
    // How far the features slide over the head as it turns and nods, in units of r.
    yaw: sway * 0.05 * wave(frame, 2, 0.3),
    nod: sway * 0.025 * wave(frame, 3, 1),
    breath: sway * 2 * wave(frame, 2, 2),
    // Two blinks of about 170 ms in the five seconds.
    eyelid: sway === 0 ? 0 : Math.max(blink(frame, 40), blink(frame, 112)),
    mouth: 0.5 + 0.5 * sway * wave(frame, 1),
  };
}

const blink = (frame, at) => Math.max(0, 1 - Math.abs(frame - at) / 3);

/**
 * A painter of frames: `paint(frame)` returns 640x480 RGB bytes. `faces` are options of `pose`, one per head;
 * with `from` and `to`, a head appears only in those frames.
 */
export function faceVideo({ faces = [{}], seed = 7 } = {}) {
  const random = gaussian(seed);
  const room = new Raster(WIDTH, HEIGHT).fill(roomColour);
  const canvas = new Raster(WIDTH, HEIGHT);
  return (frame) => {
    canvas.copyFrom(room);
    const present = faces.filter(({ from = 0, to = Infinity }) => frame >= from && frame < to);
    for (const options of present) drawPerson(canvas, pose(frame, options));
    return canvas.finish({
      soft: 1,
      light: (x) => 1.1 - 0.28 * (x / WIDTH),
      sigma: 4,
      random,
    });
  };
}

/** A wall with a shelf and light from a window: a background that does not move with the head. */
function roomColour(x, y) {
  const wall = 186 - 0.05 * y + 14 * Math.exp(-(((x - 90) / 110) ** 2));
  if (y > 318 && y < 328) return [128, 110, 92];
  if (x > 500 && x < 580 && y > 60 && y < 190) {
    const frame = x < 508 || x > 572 || y < 68 || y > 182;
    return frame ? [94, 82, 70] : [150 + 0.2 * (x - 500), 164, 158];
  }
  if (x > 40 && x < 150 && y > 250 && y < 318) {
    const spine = Math.floor((x - 40) / 16);
    return [[142, 92, 80], [92, 112, 104], [176, 152, 102], [98, 96, 128]][spine % 4];
  }
  return [wall, wall - 3, wall - 12];
}

function drawPerson(canvas, { r, cx, cy, yaw, nod, breath, eyelid, mouth }) {
  // Positions on the head in units of r; features move more than the outline when the head turns.
  const head = (x, y) => [cx + x * r, cy + y * r];
  const feature = (x, y) => [cx + (x + yaw) * r, cy + (y + nod) * r];
  const oval = (at, rx, ry, colour, shade) => canvas.ellipse(at[0], at[1], rx * r, ry * r, colour, shade);
  const round = (u, v) => 1.04 - 0.2 * u * u - 0.1 * v * v - 0.06 * u;
  const bodyX = cx * 0.6 + (cx - yaw * r) * 0.4;

  canvas.ellipse(bodyX, cy + 2.5 * r + breath, 1.75 * r, 1.25 * r, SHIRT, (u, v) => 1.05 - 0.25 * u * u - 0.1 * v);
  canvas.polygon([head(-0.36, 0.7), head(0.36, 0.7), [bodyX + 0.46 * r, cy + 1.62 * r], [bodyX - 0.46 * r, cy + 1.62 * r]], SKIN_DARK);
  canvas.ellipse(bodyX, cy + 1.56 * r, 0.46 * r, 0.2 * r, SKIN_DARK);
  oval(head(-yaw * 0.5, -0.2), 0.93, 1.08, HAIR, (u) => 1.1 - 0.3 * u * u);
  for (const side of [-1, 1]) oval(head(side * 0.83 - yaw * 0.4, 0.05), 0.12, 0.23, SKIN_DARK);
  oval(head(0, 0), 0.82, 1.1, SKIN, round);
  // The hairline.
  oval(head(yaw * 0.4, -0.93), 0.66, 0.3, HAIR, (u) => 1.15 - 0.3 * u * u);
  for (const side of [-1, 1]) oval(feature(side * 0.44, 0.3), 0.22, 0.17, [216, 167, 141], (u, v) => 1 - 0.03 * (u * u + v * v));
  for (const side of [-1, 1]) drawEye(oval, feature, side, eyelid);
  drawNose(canvas, oval, feature);
  drawMouth(oval, feature, mouth);
}

function drawEye(oval, feature, side, eyelid) {
  const x = side * 0.36;
  oval(feature(x, -0.1), 0.24, 0.15, SKIN_DARK);
  oval(feature(x, -0.1), 0.165, 0.085, [238, 234, 228]);
  oval(feature(x * 0.99, -0.1), 0.08, 0.08, [88, 66, 48]);
  oval(feature(x * 0.99, -0.1), 0.038, 0.04, [16, 14, 14]);
  oval(feature(x * 0.99 - 0.03, -0.13), 0.016, 0.016, [250, 250, 250]);
  // Lid: comes down over the eye.
  oval(feature(x, -0.215 + 0.065 * eyelid), 0.2, 0.045 + 0.08 * eyelid, [168, 122, 98]);
  oval(feature(x, -0.172 + 0.117 * eyelid), 0.17, 0.016, [60, 44, 38]);
  oval(feature(x, -0.35), 0.21, 0.052, HAIR);
}

function drawNose(canvas, oval, feature) {
  canvas.polygon([feature(-0.05, -0.12), feature(0.05, -0.12), feature(0.13, 0.3), feature(-0.13, 0.3)], [228, 188, 160]);
  oval(feature(0, 0.31), 0.15, 0.075, [220, 176, 148]);
  oval(feature(0, 0.375), 0.12, 0.03, SKIN_DARK);
  for (const side of [-1, 1]) oval(feature(side * 0.07, 0.35), 0.04, 0.024, [84, 52, 44]);
}

function drawMouth(oval, feature, open) {
  oval(feature(0, 0.555), 0.28, 0.06, LIP);
  oval(feature(0, 0.625 + 0.01 * open), 0.24, 0.07, [188, 112, 106]);
  oval(feature(0, 0.585), 0.25, 0.012 + 0.012 * open, [92, 44, 44]);
  oval(feature(0, 0.74), 0.2, 0.035, SKIN_DARK);
}
