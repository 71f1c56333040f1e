/** `frame.classic.js`: the same for pages without modules, as the global `LivenessFrame`. */
import { mountLivenessFrame, openLivenessWindow } from "./index.js";

Object.assign(globalThis, { LivenessFrame: { mountLivenessFrame, openLivenessWindow } });
