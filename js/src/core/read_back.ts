/** What browsers do to a canvas that is read, so that a device cannot be recognised by how it draws. */
import type { FailureCode } from "../generated/codes.js";
import type { FaultView } from "../generated/wire.js";

const SIDE = 32;
/** More than any noise that leaves a picture recognisable. */
const BLANK_FROM = 32;

/** A fault in the form in which it crosses workers and modules, of either of which this may be a part. */
class ReadBackError extends Error implements FaultView {
  readonly code: FailureCode = "frame_unsupported";
  readonly detail = this.message;
}

/**
 * Whether the browser puts noise into what is read from a canvas of this kind: a picture whose pixels are known is drawn
 * and read. Throws if what comes back is another picture.
 */
export function readsNoise(canvas: HTMLCanvasElement | OffscreenCanvas): boolean {
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (!context) return false;
  const colour = (x: number, y: number): number[] => [(x * 37 + y * 11) % 256, (x * 5 + y * 59) % 256, (x * 83 + y * 29) % 256, 255];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      context.fillStyle = `rgb(${colour(x, y).slice(0, 3)})`;
      context.fillRect(x, y, 1, 1);
    }
  }
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  let [sum, most] = [0, 0];
  data.forEach((value, i) => {
    const off = Math.abs(value - colour((i >> 2) % SIDE, Math.floor((i >> 2) / SIDE))[i & 3]!);
    sum += off;
    most = Math.max(most, off);
  });
  if (sum / data.length > BLANK_FROM) throw new ReadBackError("the browser does not let the page read its canvas: fingerprinting protection");
  if (most > 0) console.warn("liveness-capture: this browser puts noise into what is read from a canvas (fingerprinting protection); the verdict may suffer.");
  return most > 0;
}
