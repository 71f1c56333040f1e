import { LivenessCheck } from "liveness-capture";
const check = new LivenessCheck({ video: document.querySelector("video"), endpoint: "__GATEWAY__" });
check.start().then(({ verdict }) => (document.body.dataset.verdict = verdict));
