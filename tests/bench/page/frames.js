// Frames as a camera delivers them: I420 in memory, BT.601, limited range.
export const WIDTH = 640;
export const HEIGHT = 480;
const SIZE = (WIDTH * HEIGHT * 3) / 2;
const COLOR = { matrix: "smpte170m", primaries: "smpte170m", transfer: "smpte170m", fullRange: false };

/** Loads a file of `count` frames; `at(i)` makes a `VideoFrame` of one, which the caller closes. */
export async function loadFrames(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const count = bytes.length / SIZE;
  let timestamp = 0;
  return {
    count,
    at(i) {
      const frame = bytes.subarray((i % count) * SIZE, ((i % count) + 1) * SIZE);
      timestamp += 33_333;
      return new VideoFrame(frame, { format: "I420", codedWidth: WIDTH, codedHeight: HEIGHT, timestamp, colorSpace: COLOR });
    },
  };
}
