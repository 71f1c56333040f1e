/** Locates and fetches the detector's files. URLs relative to a script are spelled out, since bundlers look for them. */
import type { EngineFiles } from "./generated/wire.js";
import { compileModule, fetchAsset, hasRelaxedSimd } from "./load.js";

/** The weights' file, named with its content's hash; defined by the build. */
declare const MODEL_FILE: string;

/** The module with relaxed SIMD, which is a quarter faster, or the one for browsers without. */
export function moduleUrl(assetBase: string, relaxed: boolean): URL {
  if (assetBase) return new URL(relaxed ? "vision_bg.wasm" : "vision_compat_bg.wasm", assetBase);
  return relaxed ? new URL("./vision_bg.wasm", import.meta.url) : new URL("./vision_compat_bg.wasm", import.meta.url);
}

/** The weights. */
export async function fetchWeights(assetBase: string): Promise<ArrayBuffer> {
  const response = await fetchAsset(new URL(MODEL_FILE, assetBase || new URL("./", import.meta.url)));
  return response.arrayBuffer();
}

/** Fetches module and weights at once. */
export async function fetchEngineFiles(assetBase: string): Promise<EngineFiles> {
  const relaxed = hasRelaxedSimd();
  const [module, weights] = await Promise.all([compileModule(moduleUrl(assetBase, relaxed)), fetchWeights(assetBase)]);
  return { relaxed, module, weights };
}
