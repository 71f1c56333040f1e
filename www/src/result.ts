// What the demo shows of a verdict besides the element's own words: the score, and where it comes from.
import type { ElementSnapshot } from "liveness-capture/element";
import { element, text } from "./dom.js";
import { LOCAL_MODEL_NOTE } from "./texts.js";

export function showResult(verdict: NonNullable<ElementSnapshot["verdict"]>): void {
  text("score-number", String(Math.round(verdict.score)));
  element("meter-value", SVGElement).setAttribute("width", String(Math.min(100, Math.max(0, verdict.score))));
  const warnings = [verdict.warning, ...(verdict.warnings ?? [])].filter((warning) => !!warning).map(String);
  list("warnings", [...new Set(warnings)]);
  text("model-note", verdict.model?.startsWith("local-") ? LOCAL_MODEL_NOTE : "");
  text("detail-session", verdict.sessionId || "–");
  text("detail-model", verdict.model ?? "–");
  text("detail-time", verdict.createdAt ? new Date(verdict.createdAt).toLocaleString() : "–");
  text("detail-band", verdict.type ?? "–");
}

function list(id: string, lines: readonly string[]): void {
  const own = element(id, HTMLUListElement);
  own.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  // The list has a heading of its own: hide both together.
  const section = own.closest<HTMLElement>(".noticed");
  if (section) section.hidden = lines.length === 0;
}
