/** Where the package's files are: one answer for every way of hosting it. */

/** The weights' file, named with its content's hash; defined by the build. */
declare const MODEL_FILE: string;

/** A file that is fetched by its name in the package. */
export type FileName = "host_bg.wasm" | "vision_bg.wasm" | "vision_compat_bg.wasm" | "weights";

/** What a file is called in the package. */
export const fileOf = (name: FileName | "worker.js"): string => (name === "weights" ? MODEL_FILE : name);

/** The worker's script: its address, or itself. */
export type WorkerScript = { readonly url: URL } | { readonly text: string };

export interface AssetSource {
  /** Tells sources apart: equal for those that give the same files. */
  readonly id: string;
  /** Fetches a file. Rejects with a `LoadError` that names it. */
  open(name: FileName): Promise<Response>;
  /** Throws a `LoadError` if it is nowhere. */
  worker(): WorkerScript;
}
