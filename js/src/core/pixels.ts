import { readsNoise } from "./read_back.js";

/** One frame in the layout `Vision.analyse` takes; its bytes are in the module's memory. */
export interface Pixels {
  format: string;
  width: number;
  height: number;
  offsets: Uint32Array;
  strides: Uint32Array;
  matrix: string;
  fullRange: boolean;
}

/** Gives room for this many bytes in the module's memory. */
export type Room = (size: number) => Uint8Array;

let canvas: OffscreenCanvas | null = null;
let tellNoise = (): void => undefined;

/** Sets what is called, once, if the browser puts noise into what is read from a canvas. */
export function onNoise(tell: () => void): void {
  tellNoise = tell;
}

/** RGBA pixels as they are. */
export function fromRgba(bytes: Uint8Array, width: number, height: number, room: Room): Pixels {
  room(bytes.length).set(bytes);
  const [offsets, strides] = [Uint32Array.of(0), Uint32Array.of(width * 4)];
  return { format: "RGBA", width, height, offsets, strides, matrix: "rgb", fullRange: true };
}

/** Draws a picture whose pixels the browser does not give directly. Throws if what is drawn cannot be read. */
export function fromDrawing(source: ImageBitmap | VideoFrame, width: number, height: number, room: Room): Pixels {
  if (!canvas && readsNoise(new OffscreenCanvas(width, height))) tellNoise();
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no 2d context in the worker");
  context.drawImage(source, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return fromRgba(new Uint8Array(data.buffer), width, height, room);
}

/** Copies a frame's bytes into the room, or through a buffer if the room is detached because the memory has grown. */
async function copy(frame: VideoFrame, options: VideoFrameCopyToOptions, room: Room): Promise<PlaneLayout[]> {
  const size = frame.allocationSize(options);
  const place = room(size);
  const lost = (): boolean => place.length !== size;
  try {
    const layout = await frame.copyTo(place, options);
    if (!lost()) return layout;
  } catch (error) {
    if (!lost()) throw error;
  }
  const bytes = new Uint8Array(size);
  const layout = await frame.copyTo(bytes, options);
  room(size).set(bytes);
  return layout;
}

/** Colour spaces that are shown as they are, or nearly so. A browser may not say which it is. */
const PLAIN = new Set<string | null | undefined>([null, undefined, "rgb", "bt709", "smpte170m", "bt470bg", "iec61966-2-1"]);

/**
 * Whether a frame's pixels are what the preview shows: upright, square, and in colours that need no conversion but the
 * matrix's. What a browser without rotated frames hands over lies on its side, and has its sides exchanged.
 */
function isPlain(frame: VideoFrame): boolean {
  const { displayWidth, displayHeight, visibleRect, colorSpace, rotation, flip } = frame as VideoFrame & { rotation?: number; flip?: boolean };
  const { width, height } = visibleRect ?? { width: displayWidth, height: displayHeight };
  const stretched = (width * displayHeight) / (height * displayWidth);
  return !rotation && !flip && Math.abs(stretched - 1) < 0.01 && [colorSpace.matrix, colorSpace.primaries, colorSpace.transfer].every((name) => PLAIN.has(name));
}

/** Copies a frame in its native format if that is I420 or NV12, otherwise as RGBA. The caller closes it. */
export async function fromVideoFrame(frame: VideoFrame, room: Room): Promise<Pixels> {
  const { displayWidth, displayHeight } = frame;
  // Drawn as the preview draws it.
  if (!isPlain(frame)) return fromDrawing(frame, displayWidth, displayHeight, room);
  const native = frame.format === "I420" || frame.format === "NV12";
  let layout: PlaneLayout[];
  try {
    layout = await copy(frame, (native ? {} : { format: "RGBA" }) as VideoFrameCopyToOptions, room);
  } catch (error) {
    // Some browsers cannot convert to RGBA, or not from an opaque (null) format.
    if (native) throw error;
    return fromDrawing(frame, displayWidth, displayHeight, room);
  }
  const visible = frame.visibleRect;
  return {
    format: native ? frame.format! : "RGBA",
    width: visible?.width ?? frame.codedWidth,
    height: visible?.height ?? frame.codedHeight,
    offsets: Uint32Array.from(layout, (plane) => plane.offset),
    strides: Uint32Array.from(layout, (plane) => plane.stride),
    matrix: frame.colorSpace.matrix ?? "",
    fullRange: frame.colorSpace.fullRange ?? false,
  };
}
