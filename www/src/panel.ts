// The developers' panel (`?dev`): when the check was in which state, how far the uploads are, what was measured.
import type { LivenessCheckElement } from "liveness-capture/element";
import { element, text } from "./dom.js";

/** Shows the panel, and follows the check. */
export function followIn(panel: HTMLElement, check: LivenessCheckElement): void {
  const rows = element("panel-states", HTMLTableSectionElement);
  panel.hidden = false;
  check.recording = true;
  const save = element("panel-save", HTMLButtonElement);
  save.addEventListener("click", () => download(JSON.stringify(check.trace), "trace.json"));
  let began = 0;
  let since = 0;
  check.addEventListener("liveness-state", ({ detail: { state } }) => {
    const now = performance.now();
    text("panel-camera", check.snapshot.camera?.label || "–");
    if (state === "requesting-camera") {
      rows.replaceChildren();
      began = since = now;
    }
    const last = rows.lastElementChild?.lastElementChild;
    if (last) last.textContent = ms(now - since);
    since = now;
    row(rows, [state, ms(now - began), ""]);
  });
  setInterval(() => {
    save.disabled = check.trace === null;
    showMeasures(check);
  }, MEASURES_EVERY_MS);
  check.addEventListener("liveness-guidance", ({ detail: { guidance } }) => {
    text("panel-guidance", `${guidance}, ${ms(performance.now() - began)}`);
  });
  check.addEventListener("liveness-progress", ({ detail: { framesTaken, framesRequired, framesUploaded } }) => {
    text("panel-frames", `${framesTaken} of ${framesRequired} taken, ${framesUploaded} arrived`);
  });
}

/** Fast enough to follow, slow enough to read. */
const MEASURES_EVERY_MS = 250;

/** The newest frame's measures. */
function showMeasures({ trace }: LivenessCheckElement): void {
  if (!trace) return;
  // From the end: a trace is long.
  let newest = trace.rows.length - 1;
  while (newest >= 0 && trace.rows[newest]?.[0] !== "frame") newest -= 1;
  const row = trace.rows[newest];
  if (row?.[0] !== "frame") return;
  const values = row[7];
  element("panel-measures", HTMLDListElement).replaceChildren(
    ...trace.measures.map((name, at) => {
      const entry = document.createElement("div");
      const value = values[at];
      const texts = [["dt", name], ["dd", value === null || value === undefined ? "–" : value.toPrecision(3)]] as const;
      entry.append(...texts.map(([tag, textContent]) => Object.assign(document.createElement(tag), { textContent })));
      return entry;
    }),
  );
}

function download(content: string, name: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 1_000);
}

const ms = (value: number): string => `${Math.round(value)} ms`;

function row(rows: HTMLTableSectionElement, cells: readonly string[]): void {
  const own = rows.insertRow();
  for (const cell of cells) own.insertCell().textContent = cell;
}
