/** The camera that was chosen last, if the page wants it kept. */

const KEY = "liveness-capture.camera";

export function recall(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    // Storage may be forbidden.
    return undefined;
  }
}

export function remember(deviceId: string): void {
  try {
    localStorage.setItem(KEY, deviceId);
  } catch {
    // It is asked for again next time.
  }
}
