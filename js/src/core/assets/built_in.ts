/** The package's files where they are unless `assetBase` says otherwise: beside this script. */
import { LoadError } from "../load.js";
import { filesAt } from "./files.js";
import { type AssetSource, type FileName, fileOf } from "./source.js";

declare const MODEL_FILE: string;

/** Bundlers look for exactly this form, with the name spelled out, and copy the file. */
const BESIDE: Record<FileName | "worker.js", () => URL> = {
  "host_bg.wasm": () => new URL("./host_bg.wasm", import.meta.url),
  "vision_bg.wasm": () => new URL("./vision_bg.wasm", import.meta.url),
  "vision_compat_bg.wasm": () => new URL("./vision_compat_bg.wasm", import.meta.url),
  weights: () => new URL(MODEL_FILE, import.meta.url),
  "worker.js": () => new URL("./worker.js", import.meta.url),
};

/**
 * The address in words. Next gives something that only looks like a URL, relative to the page; and the development
 * server of Vite 7 and before moves a dependency's script into a folder of its own, without the files beside it.
 */
function resolved({ href }: URL): URL {
  const [, modules, file] = /^(.*\/node_modules\/)\.(?:vite|cache)\/(?:[^?#]*\/)?deps\/([^?#]*)/.exec(href) ?? [];
  return new URL(file ? `${modules}liveness-capture/dist/${file}` : href, location.href);
}

function locate(name: FileName | "worker.js"): URL {
  try {
    return resolved(BESIDE[name]());
  } catch {
    // In a classic script there is no import.meta.
    throw new LoadError("engine_file_missing", `${fileOf(name)}: this bundle does not say where the package's files are`);
  }
}

export const builtIn: AssetSource = filesAt("", locate);
