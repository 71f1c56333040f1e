// The developers' panel (`?dev`): when the check was in which state, and how far the uploads are.
import type { LivenessCheckElement } from "liveness-capture/element";
import { element, text } from "./dom.js";

/** Shows the panel, and follows the check. */
export function followIn(panel: HTMLElement, check: LivenessCheckElement): void {
  const rows = element("panel-states", HTMLTableSectionElement);
  panel.hidden = false;
  let began = 0;
  let since = 0;
  check.addEventListener("liveness-state", ({ detail: { state } }) => {
    const now = performance.now();
    if (state === "requesting-camera") {
      rows.replaceChildren();
      began = since = now;
    }
    const last = rows.lastElementChild?.lastElementChild;
    if (last) last.textContent = ms(now - since);
    since = now;
    row(rows, [state, ms(now - began), ""]);
  });
  check.addEventListener("liveness-guidance", ({ detail: { guidance } }) => {
    text("panel-guidance", `${guidance}, ${ms(performance.now() - began)}`);
  });
  check.addEventListener("liveness-progress", ({ detail: { framesTaken, framesRequired, framesUploaded } }) => {
    text("panel-frames", `${framesTaken} of ${framesRequired} taken, ${framesUploaded} arrived`);
  });
}

const ms = (value: number): string => `${Math.round(value)} ms`;

function row(rows: HTMLTableSectionElement, cells: readonly string[]): void {
  const own = rows.insertRow();
  for (const cell of cells) own.insertCell().textContent = cell;
}
