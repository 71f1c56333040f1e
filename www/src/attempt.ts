// One attempt: a new LivenessCheck, its snapshots, and its end whichever way it comes.
import { type LivenessCheck, type LivenessOptions, type Snapshot, loadPackage } from "./package.js";

export type Source = "camera" | File;

const BEFORE: Snapshot = {
  state: "requesting-camera",
  guidance: "wait",
  message: "",
  progress: 0,
  sessionId: null,
  framesTaken: 0,
  framesRequired: 0,
  framesUploaded: 0,
  verdict: null,
  error: null,
};

export class Attempt {
  readonly source: Source;
  #check: LivenessCheck | null = null;
  #over = false;
  #last: Snapshot = BEFORE;

  /** `onSnapshot` is called with every snapshot; the last one is done, failed or cancelled. */
  constructor(
    source: Source,
    private readonly options: LivenessOptions,
    private readonly onSnapshot: (snapshot: Snapshot) => void,
  ) {
    this.source = source;
  }

  /** Runs to the end; never rejects. */
  async run(): Promise<void> {
    this.#emit(BEFORE);
    try {
      const { LivenessCheck } = await loadPackage().catch((cause: unknown) => {
        throw Object.assign(new Error("The face finder could not be loaded.", { cause }), { code: "engine_load_failed" });
      });
      if (this.#over) return;
      const check = new LivenessCheck({ ...this.options, source: this.source });
      this.#check = check;
      check.addEventListener("change", () => this.#emit(check.snapshot));
      await check.start();
      this.#finish(check.snapshot);
    } catch (error) {
      this.#finish(this.#failed(error));
    }
  }

  /** Ends the attempt and releases the camera; does nothing when it is over. */
  cancel(): void {
    if (this.#over) return;
    if (this.#check) this.#check.cancel();
    // The package is still on its way: there is nothing to release.
    else this.#finish({ ...BEFORE, state: "cancelled", guidance: "none" });
  }

  #emit(snapshot: Snapshot): void {
    if (this.#over) return;
    this.#last = snapshot;
    this.#over = snapshot.state === "done" || snapshot.state === "failed" || snapshot.state === "cancelled";
    this.onSnapshot(snapshot);
  }

  #finish(snapshot: Snapshot): void {
    this.#emit(snapshot);
    this.#over = true;
  }

  /** A rejection as a snapshot, also where the package had no chance to make one. */
  #failed(cause: unknown): Snapshot {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const code = "code" in error && typeof error.code === "string" ? error.code : "internal";
    const typed = Object.assign(error, { code, detail: null, retriable: true });
    return { ...this.#last, state: code === "cancelled" ? "cancelled" : "failed", guidance: "none", error: typed };
  }
}
