import { LivenessCheck, LivenessError } from "liveness-capture";
import { moduleUrl } from "liveness-capture-onnx";
import { report } from "./report.js";

const video = document.querySelector("video");
const detector = { url: "/face.onnx", kind: "blazeface", module: moduleUrl() };
const check = new LivenessCheck({ video, detector, endpoint: "__GATEWAY__", model: "mixed-10-v2", fps: 15 });
report(check.start(), LivenessError);
