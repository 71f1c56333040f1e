// What the detector found in the newest frame, drawn to scale: no picture, only boxes. By the rules of
// crates/capture/src/quality/framing.rs, which tests/js/detections.test.mjs compares.

import { GATES } from "./generated/gates.js";

/** A face: its score and its box in pixels. */
export type Face = readonly [score: number, x: number, y: number, width: number, height: number];

/** The frame that faces were found in, and how bright it is and how much detail it has, if that was measured. */
export interface Frame {
  width: number;
  height: number;
  luma: number | null;
  detail: number | null;
}

/** The side of the square that is cut, in sides of the face. */
const CONTEXT = 3;
/** From this score on a face can be the main one. */
const MAIN_SCORE = GATES.find(({ cause }) => cause === "unsure-face")?.leave ?? 0;
/** The score and, as a share of the main face's, the area from which another face counts. */
export const OTHER_SCORE = 0.5;
export const OTHER_AREA = 0.1;
/** The detail below which a frame shows nothing: a face found in it is the detector's imagination. */
export const PLAIN = 3;
/** The luma below which a frame is dark: it shows little even through an open lens. */
export const DARK_FRAME = GATES.find(({ cause }) => cause === "dark-without-face")?.enter ?? 0;

/** The faces of a record's row. */
export const facesOf = (rows: readonly (readonly number[])[]): Face[] => rows.map(([score = 0, x = 0, y = 0, width = 0, height = 0]) => [score, x, y, width, height]);

const area = ([, , , width, height]: Face): number => width * height;
const isValid = ([score, x, y, width, height]: Face): boolean => [score, x, y, width, height].every(Number.isFinite) && width > 0 && height > 0;

/** The main face, the largest one that the detector is fairly sure of, and the others that count beside it. */
export function counted(faces: readonly Face[], { detail }: Pick<Frame, "detail">): { main: Face | null; others: Face[]; best: Face | null } {
  const valid = detail !== null && detail < PLAIN ? [] : faces.filter(isValid);
  const largest = (list: readonly Face[], size: (face: Face) => number): Face | null => list.reduce<Face | null>((most, face) => (most && size(most) > size(face) ? most : face), null);
  const best = largest(valid, ([score]) => score);
  const main = largest(valid.filter(([score]) => score >= MAIN_SCORE), area);
  const others = main ? valid.filter((face) => face !== main && face[0] >= OTHER_SCORE && area(face) >= OTHER_AREA * area(main)) : [];
  return { main, others, best };
}

/** The measures that the session takes from the boxes rather than the worker from the pixels; of the boxes nothing without a face. */
export function ofBoxes(faces: readonly Face[], frame: Frame): Record<string, number | null> {
  const { width, height, luma, detail } = frame;
  const { main, others, best } = counted(faces, frame);
  const [, x, y, w, h] = main ?? [0, 0, 0, 0, 0];
  const [left, top, right, bottom] = [x / width, y / height, 1 - (x + w) / width, 1 - (y + h) / height];
  const measures = {
    face_area: (w * h) / (width * height),
    offset_x: (2 * (x + w / 2)) / width - 1,
    offset_y: (2 * (y + h / 2)) / height - 1,
    margin_left: left,
    margin_right: right,
    margin_top: top,
    margin_bottom: bottom,
    wider_margin: Math.min(Math.max(left, right), Math.max(top, bottom)),
  };
  const saysNothing = luma !== null && luma < DARK_FRAME && !(detail !== null && detail < PLAIN);
  const empty = { empty_frame_luma: best ? null : luma, empty_frame_detail: best || saysNothing ? null : detail };
  const known = Object.entries(measures).map(([name, value]) => [name, main ? value : null] as const);
  return { faces: best ? 1 + others.length : 0, face_score: (main ?? best)?.[0] ?? null, ...empty, ...Object.fromEntries(known) };
}

/** Draws the boxes, mirrored as the preview is: thin those that do not count, and around the main one the square that is cut. */
export function draw(canvas: HTMLCanvasElement, faces: readonly Face[], frame: Frame, mirrored: boolean): void {
  const { width, height } = frame;
  const pen = canvas.getContext("2d");
  if (!pen || width === 0) return;
  canvas.height = Math.round((canvas.width * height) / width);
  const scale = canvas.width / width;
  pen.setTransform(mirrored ? -scale : scale, 0, 0, scale, mirrored ? canvas.width : 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.strokeStyle = getComputedStyle(canvas).color;
  const { main, others } = counted(faces, frame);
  for (const face of faces) {
    const [, x, y, w, h] = face;
    pen.lineWidth = (face === main || others.includes(face) ? 2 : 0.5) / scale;
    pen.setLineDash([]);
    pen.strokeRect(x, y, w, h);
    if (face !== main) continue;
    const side = CONTEXT * Math.max(w, h);
    pen.setLineDash([4 / scale, 4 / scale]);
    pen.strokeRect(x + (w - side) / 2, y + (h - side) / 2, side, side);
  }
}
