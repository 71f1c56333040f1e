// The engines, each with what it needs to be on the machine.
import { existsSync } from "node:fs";
import * as chromium from "./chromium.mjs";
import * as firefox from "./firefox.mjs";
import * as webkit from "./webkit.mjs";

/** In the table's order; the others are compared with the first. */
export const ENGINES = [
  { name: "Chromium", programs: chromium.PROGRAMS, launch: chromium.launchChromium },
  { name: "Firefox", programs: firefox.PROGRAMS, launch: firefox.launchFirefox },
  { name: "WebKit", programs: webkit.PROGRAMS, launch: webkit.launchWebKit },
];

/** The Debian packages that an engine lacks. */
export const lacking = ({ programs }) => programs.filter(({ path }) => !existsSync(path)).map(({ package: name }) => name);
