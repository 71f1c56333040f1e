// The one place that names the package. It is loaded on demand, so that a page whose package cannot be
// fetched says so instead of having a dead Start button.
export type { Guidance, LivenessCheck, LivenessError, LivenessOptions, Snapshot } from "liveness-capture";

type Package = typeof import("liveness-capture");

let loading: Promise<Package> | null = null;

/** Loads the package once; a failed load is tried again at the next call. */
export function loadPackage(): Promise<Package> {
  loading ??= import("liveness-capture").catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}
