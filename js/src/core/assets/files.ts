/** The package's files at addresses of their own. */
import { fetchAsset } from "../load.js";
import { type AssetSource, type FileName, fileOf } from "./source.js";

/** Files wherever `locate` says. */
export function filesAt(id: string, locate: (name: FileName | "worker.js") => URL): AssetSource {
  return {
    id,
    // Also what `locate` throws is a rejection.
    open: async (name) => fetchAsset(locate(name)),
    worker: () => ({ url: locate("worker.js") }),
  };
}

/** Files copied to a folder; an absolute URL that ends in a slash. */
export const filesIn = (folder: string): AssetSource =>
  filesAt(folder, (name) => new URL(fileOf(name), folder));
