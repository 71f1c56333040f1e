import { mountLivenessFrame } from "liveness-capture/frame";

/** A session that your back end opens, { id, token }; null if it does not. */
const open = () => fetch("/liveness/start", { method: "POST" }).then((answer) => (answer.ok ? answer.json() : null), () => null);

const frame = mountLivenessFrame(document.getElementById("check"), {
  gateway: "__GATEWAY__",
  askSession: true,
  onSession: async ({ request }) => frame.set({ session: await open(), request }),
  result: "server",
  locale: "de",
  onReady: () => frame.start(),
  onResult: ({ sessionId }) => (document.getElementById("outcome").textContent = `complete, session ${sessionId}`),
  onError: ({ title, code }) => (document.getElementById("outcome").textContent = `${title} (${code})`),
});
