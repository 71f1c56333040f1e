// The measures that the session derives from those of the pixels, frame after frame. By the rules of
// crates/capture/src/quality/policy.rs, which tests/js/derived.test.mjs compares.

import { GATES } from "./generated/gates.js";

const dark = GATES.find(({ cause }) => cause === "too-dark");
/** The luma below which a face is too dark to begin with, and the lower one that is enough while pictures are taken. */
export const TOO_DARK = dark?.enter ?? 0;
export const TOO_DARK_MEANWHILE = dark?.leave ?? 0;
/** How far the usual best sharpness follows a frame that is sharper, and one that is less sharp. */
export const SHARPER_PACE = 0.2;
export const BLURRED_PACE = 0.005;

type Value = number | null;

/** The greater one, or the one that there is. */
const greater = (one: Value, other: Value): Value => (one === null || other === null ? one ?? other : Math.max(one, other));
const smaller = (one: Value, other: Value): Value => (one === null || other === null ? one ?? other : Math.min(one, other));

/** Follows the frames of one check. */
export class Derived {
  #sharpest = 0;
  #unchangedSince = Number.NaN;

  /**
   * What follows from the next frame's measures and its own time in milliseconds, while pictures are taken or not; `null` for
   * what does not.
   */
  follow(measured: (name: string) => Value, now: number, capturing: boolean): Record<string, Value> {
    const [right, left, faceLuma] = [measured("right_eye_luma"), measured("left_eye_luma"), measured("face_luma")];
    return {
      dark_face_backlight: faceLuma !== null && faceLuma < (capturing ? TOO_DARK_MEANWHILE : TOO_DARK) ? measured("backlight") : null,
      eye_asymmetry: right === null || left === null || right + left === 0 ? null : (2 * Math.abs(right - left)) / (right + left),
      brighter_eye_luma: greater(right, left),
      darker_eye_luma: smaller(right, left),
      better_eye_contrast: greater(measured("right_eye_contrast"), measured("left_eye_contrast")),
      relative_sharpness: this.#relative(measured("sharpness")),
      frozen_for: this.#frozenFor(measured("frame_change"), now),
    };
  }

  #relative(sharpness: Value): Value {
    if (sharpness === null) return null;
    const pace = this.#sharpest === 0 ? 1 : sharpness > this.#sharpest ? SHARPER_PACE : BLURRED_PACE;
    this.#sharpest += pace * (sharpness - this.#sharpest);
    return this.#sharpest === 0 ? null : sharpness / this.#sharpest;
  }

  #frozenFor(change: Value, now: number): Value {
    if (change === 0 && now >= this.#unchangedSince) return now - this.#unchangedSince;
    this.#unchangedSince = now;
    return null;
  }
}
