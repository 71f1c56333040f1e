// Builds the documentation's site into www/dist/docs.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Eleventy from "@11ty/eleventy";

const here = dirname(fileURLToPath(import.meta.url));
// Its folders are relative to where it runs.
process.chdir(here);
await rm(join(here, "..", "dist", "docs"), { recursive: true, force: true });
const site = new Eleventy(".", "../dist", { configPath: "eleventy.config.mjs", quietMode: true });
await site.write();
