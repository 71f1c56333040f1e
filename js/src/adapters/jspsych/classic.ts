/** `jspsych.classic.js`: the plugin as the global `jsPsychLiveness`, as plugins of jsPsych's own have theirs. */
import LivenessPlugin from "./index.js";

Object.assign(globalThis, { jsPsychLiveness: LivenessPlugin });
