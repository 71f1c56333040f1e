/** The package's files beside the classic script: embed.js has this in the place of `core/assets/built_in.ts`. */
import { filesAt } from "../../core/assets/files.js";
import { type AssetSource, fileOf } from "../../core/assets/source.js";
import { LoadError } from "../../core/load.js";
import { beside } from "./script.js";

export const builtIn: AssetSource = filesAt("", (name) => {
  const file = fileOf(name);
  const url = beside(file);
  if (!url) throw new LoadError("engine_file_missing", `${file}: embed.js has no address of its own here; set asset-base, or paste embed-inline.js`);
  return url;
});
