import { initJsPsych } from "jspsych";
import LivenessPlugin, { type LivenessData } from "liveness-capture/jspsych";

const jsPsych = initJsPsych({ on_finish: () => console.log(jsPsych.data.get().values()) });
const trial = { type: LivenessPlugin, gateway: "https://gateway.example", on_finish: ({ status, liveness_session }: LivenessData) => console.log(status, liveness_session) };
export const finished = jsPsych.run([trial]);
