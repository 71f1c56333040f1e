import initializeCamera from "@jspsych/plugin-initialize-camera";
import { initJsPsych } from "jspsych";
import liveness from "liveness-capture/jspsych";
import { onDone } from "./done.js";

const jsPsych = initJsPsych({ on_finish: () => onDone(jsPsych) });

jsPsych.run([
  // One prompt for the whole experiment: the check uses this camera, and leaves it on for what comes after.
  { type: initializeCamera },
  { type: liveness, result_duration: 1500 },
]);
