// The only file that names the package. It is loaded on demand, so that a page that cannot fetch it says so
// instead of having a dead Start button.
export type { Guidance, LivenessCheck, LivenessError, LivenessOptions, Snapshot } from "liveness-capture";

type Package = typeof import("liveness-capture");

let loading: Promise<Package> | null = null;

/** Loads the package once; the next call retries a failed load. */
export function loadPackage(): Promise<Package> {
  loading ??= import("liveness-capture").catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}
