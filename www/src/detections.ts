// What the detector found in the newest frame, drawn to scale: no picture, only boxes.

import { GATES } from "./generated/gates.js";

/** A face: its score and its box in pixels. */
export type Face = readonly [score: number, x: number, y: number, width: number, height: number];

/** The side of the square that is cut, in sides of the face. */
const CONTEXT = 3;
/** From this score on a face can be the main one; others are drawn thin. */
const SURE = GATES.find(({ cause }) => cause === "unsure-face")?.leave ?? 0;

/** The measures that the session takes from the boxes rather than the worker from the pixels; nothing without a face. */
export function ofBoxes(faces: readonly Face[], width: number, height: number): Record<string, number | null> {
  const sure = faces.filter(([score]) => score >= SURE);
  const [, x = 0, y = 0, w = 0, h = 0] = sure[0] ?? [];
  const known = (value: number): number | null => (sure.length > 0 ? value : null);
  return {
    faces: sure.length,
    face_score: faces[0]?.[0] ?? null,
    face_area: known((w * h) / (width * height)),
    offset_x: known((2 * (x + w / 2)) / width - 1),
    offset_y: known((2 * (y + h / 2)) / height - 1),
  };
}

/** Draws the boxes, mirrored as the preview is. */
export function draw(canvas: HTMLCanvasElement, faces: readonly Face[], width: number, height: number, mirrored: boolean): void {
  const pen = canvas.getContext("2d");
  if (!pen || width === 0) return;
  canvas.height = Math.round((canvas.width * height) / width);
  const scale = canvas.width / width;
  const ink = getComputedStyle(canvas);
  pen.setTransform(mirrored ? -scale : scale, 0, 0, scale, mirrored ? canvas.width : 0, 0);
  pen.clearRect(0, 0, width, height);
  for (const [score, x, y, w, h] of faces) {
    const side = CONTEXT * Math.max(w, h);
    pen.strokeStyle = ink.color;
    pen.lineWidth = (score >= SURE ? 2 : 0.5) / scale;
    pen.setLineDash([]);
    pen.strokeRect(x, y, w, h);
    if (score < SURE) continue;
    pen.setLineDash([4 / scale, 4 / scale]);
    pen.strokeRect(x + (w - side) / 2, y + (h - side) / 2, side, side);
  }
}
