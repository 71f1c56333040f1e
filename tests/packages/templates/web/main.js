import { LivenessCheck, LivenessError } from "liveness-capture";
import { report } from "./report.js";

const video = document.querySelector("video");
const check = new LivenessCheck({ video, endpoint: "__GATEWAY__", model: "mixed-10-v2", fps: 15 });
report(check.start(), LivenessError);
