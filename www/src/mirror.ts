// The data attributes of #app: the check's state for style sheets and tests.
import type { ElementSnapshot } from "liveness-capture/element";

const ENDS: Partial<Record<ElementSnapshot["state"], string>> = { idle: "start", cancelled: "start", done: "success", failed: "failure" };

/** Writes a snapshot onto the element, always with all attributes. */
export function mirror(app: HTMLElement, snapshot: ElementSnapshot): void {
  const { dataset } = app;
  dataset["view"] = ENDS[snapshot.state] ?? "run";
  dataset["state"] = snapshot.state;
  dataset["guidance"] = snapshot.guidance || "none";
  dataset["progress"] = String(Math.round(snapshot.progress * 1000) / 1000);
  dataset["session"] = snapshot.sessionId ?? "";
  dataset["verdict"] = snapshot.verdict?.verdict ?? "";
  dataset["score"] = snapshot.verdict ? String(snapshot.verdict.score) : "";
  dataset["error"] = snapshot.error?.code ?? "";
}
