import { mountLivenessFrame } from "liveness-capture/frame";

const response = await fetch("/liveness/session", { method: "POST" });
const session = await response.json(); // { id, token }, from your back end

const frame = mountLivenessFrame(document.getElementById("check"), {
  gateway: "__GATEWAY__",
  session,
  result: "server",
  locale: "de",
  onReady: () => frame.start(),
  onResult: ({ sessionId }) => (document.getElementById("outcome").textContent = `complete, session ${sessionId}`),
  onError: ({ title, code }) => (document.getElementById("outcome").textContent = `${title} (${code})`),
});
