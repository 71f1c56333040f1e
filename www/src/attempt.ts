// One attempt: a new LivenessCheck, its snapshots, and its end, however it comes about.
import { type LivenessCheck, type LivenessError, type LivenessOptions, type Snapshot, loadPackage } from "./package.js";
import { PACKAGE_NOT_LOADED } from "./texts.js";

export type Source = "camera" | File;

/** What the page says about a failure; the package's errors supply the words. */
export type Problem = Pick<LivenessError, "code" | "title" | "advice">;

/** What the page shows of a check. */
export type Shown = Omit<Snapshot, "error"> & { error: Problem | null };

const BEFORE: Shown = {
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

  /** Calls `onChange` on every change; the last one is done, failed or cancelled. */
  constructor(
    source: Source,
    private readonly options: LivenessOptions,
    private readonly onChange: (shown: Shown) => void,
  ) {
    this.source = source;
  }

  /** Runs the check to its end; never rejects. */
  async run(): Promise<void> {
    this.#show(BEFORE);
    let LivenessCheck;
    try {
      ({ LivenessCheck } = await loadPackage());
    } catch {
      return this.#end({ ...BEFORE, state: "failed", error: { code: "engine_load_failed", ...PACKAGE_NOT_LOADED } });
    }
    if (this.#over) return;
    const check = (this.#check = new LivenessCheck({ ...this.options, source: this.source }));
    check.addEventListener("change", () => this.#show(check.snapshot));
    // The last change has already told how it ended.
    await check.start().catch(() => undefined);
    this.#end(check.snapshot);
  }

  /** Ends the attempt and releases the camera; does nothing once it is over. */
  cancel(): void {
    if (this.#over) return;
    if (this.#check) this.#check.cancel();
    // The package is still loading, so there is nothing to release.
    else this.#end({ ...BEFORE, state: "cancelled", guidance: "none" });
  }

  #show(shown: Shown): void {
    if (this.#over) return;
    this.#over = shown.verdict !== null || shown.error !== null;
    this.onChange(shown);
  }

  #end(shown: Shown): void {
    this.#show(shown);
    this.#over = true;
  }
}
