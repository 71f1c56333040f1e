/** Pixels of one frame in the layout `Vision.analyse` takes. */
export interface Pixels {
  bytes: Uint8Array;
  format: string;
  width: number;
  height: number;
  offsets: Uint32Array;
  strides: Uint32Array;
  matrix: string;
  fullRange: boolean;
}

let buffer = new Uint8Array(0);
let canvas: OffscreenCanvas | null = null;

/** RGBA pixels without a detour. */
export function fromRgba(bytes: Uint8Array, width: number, height: number): Pixels {
  const [offsets, strides] = [Uint32Array.of(0), Uint32Array.of(width * 4)];
  return { bytes, format: "RGBA", width, height, offsets, strides, matrix: "rgb", fullRange: true };
}

/** Draws what the browser will not hand out directly. */
export function fromDrawing(source: ImageBitmap | VideoFrame, width: number, height: number): Pixels {
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no 2d context in the worker");
  context.drawImage(source, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return fromRgba(new Uint8Array(data.buffer), width, height);
}

/** Copies a frame in its native format where that is I420 or NV12, else as RGBA. The caller closes it. */
export async function fromVideoFrame(frame: VideoFrame): Promise<Pixels> {
  const { displayWidth, displayHeight } = frame;
  // A rotated frame must be turned upright, which only drawing does.
  if ((frame as { rotation?: number }).rotation) return fromDrawing(frame, displayWidth, displayHeight);
  const native = frame.format === "I420" || frame.format === "NV12";
  const options = (native ? {} : { format: "RGBA" }) as VideoFrameCopyToOptions;
  let layout: PlaneLayout[];
  try {
    const size = frame.allocationSize(options);
    if (buffer.length !== size) buffer = new Uint8Array(size);
    layout = await frame.copyTo(buffer, options);
  } catch (error) {
    // Some browsers cannot convert to RGBA, or not from an opaque (null) format.
    if (native) throw error;
    return fromDrawing(frame, displayWidth, displayHeight);
  }
  const visible = frame.visibleRect;
  return {
    bytes: buffer,
    format: native ? frame.format! : "RGBA",
    width: visible?.width ?? frame.codedWidth,
    height: visible?.height ?? frame.codedHeight,
    offsets: Uint32Array.from(layout, (plane) => plane.offset),
    strides: Uint32Array.from(layout, (plane) => plane.stride),
    matrix: frame.colorSpace.matrix ?? "",
    fullRange: frame.colorSpace.fullRange ?? false,
  };
}
