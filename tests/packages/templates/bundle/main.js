import { LivenessCheck, LivenessError } from "__ENTRY__";
import { report } from "./report.js";

const video = document.querySelector("video");
const check = new LivenessCheck({ video, model: "mixed-10-v2", fps: 15, ...__OPTIONS__ });
report(check.start(), LivenessError);
