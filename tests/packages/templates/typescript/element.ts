import { type ElementSnapshot, type LivenessCheckElement, type LivenessProblem } from "liveness-capture/element";

export function added(session: { id: string; token: string }): LivenessCheckElement {
  const check = document.createElement("liveness-check");
  check.session = ({ signal }) => (signal.aborted ? Promise.reject(signal.reason) : Promise.resolve(session));
  check.addEventListener("liveness-result", ({ detail: { sessionId, verdict } }) => console.log(sessionId, verdict?.verdict));
  check.addEventListener("liveness-error", ({ detail }) => told(detail));
  document.body.append(check);
  return check;
}

const told = ({ code, title, advice }: LivenessProblem): void => console.log(code, title, advice.join(" "));
export const stateOf = ({ snapshot }: LivenessCheckElement): ElementSnapshot["state"] => snapshot.state;
