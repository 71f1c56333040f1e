/** The package's files inside the script: the inline build has this in the place of `built_in.ts`. */
import { LoadError } from "../load.js";
import type { AssetSource, FileName } from "./source.js";

/** Deflated and in base64, by name; defined by the build. */
declare const INLINE_FILES: Partial<Record<FileName, string>>;
/** The worker's script; defined by the build. */
declare const INLINE_WORKER: string;

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** The module with relaxed SIMD would add half as much again: all browsers run the other one. */
const standIn = (name: FileName): FileName => (name === "vision_bg.wasm" ? "vision_compat_bg.wasm" : name);

export const builtIn: AssetSource = {
  id: "",
  async open(name) {
    const packed = INLINE_FILES[standIn(name)];
    if (packed === undefined) throw new LoadError("engine_file_missing", `${name} is not in the inline build`);
    const stream = new Blob([bytes(packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(stream, { headers: { "content-type": type } });
  },
  worker: () => ({ text: INLINE_WORKER }),
};
