/** One of several steps that all have to be taken, whatever a page's own objects do. */
export function quietly(step: () => void): void {
  try {
    step();
  } catch {
    // The page's own doing, and its console has it if it is an event's.
  }
}

/** Stops a stream's tracks. A page's own may be none. */
export const stopStream = (stream: unknown): void => quietly(() => (stream as MediaStream).getTracks().forEach((track) => quietly(() => track.stop())));
