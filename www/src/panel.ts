// The developers' panel (`?dev`): when the check was in which state, how far the uploads are, what was found and measured,
// and a choice of models.
import type { LivenessCheckElement } from "liveness-capture/element";
import { Derived } from "./derived.js";
import { type Face, type Frame, draw, facesOf, ofBoxes } from "./detections.js";
import { element, text } from "./dom.js";
import { offerModels } from "./models.js";
import { Plots } from "./plots.js";

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
  const follower = new Measures(check);
  setInterval(() => {
    save.disabled = check.trace === null;
    follower.show();
  }, MEASURES_EVERY_MS);
  void offerModels(element("panel-model", HTMLSelectElement), check);
  check.addEventListener("liveness-guidance", ({ detail: { guidance } }) => {
    text("panel-guidance", `${guidance}, ${ms(performance.now() - began)}`);
  });
  const full = element("panel-full", HTMLElement);
  for (const name of ["state", "guidance", "progress"]) check.addEventListener(`liveness-${name}`, () => (full.hidden = !check.trace?.truncated));
  check.addEventListener("liveness-progress", ({ detail: { framesTaken, framesRequired, framesUploaded } }) => {
    text("panel-frames", `${framesTaken} of ${framesRequired} taken, ${framesUploaded} arrived`);
  });
}

/** Fast enough to follow, slow enough to read. */
const MEASURES_EVERY_MS = 250;

/** What was measured, as far as it has been shown. */
class Measures {
  readonly #plots = new Plots(element("panel-measures", HTMLDListElement));
  readonly #canvas = element("panel-faces", HTMLCanvasElement);
  #trace: LivenessCheckElement["trace"] = null;
  #derived = new Derived();
  #rows = 0;
  /** Whether pictures were being taken when the next frame was judged. */
  #capturing = false;

  constructor(readonly check: LivenessCheckElement) {}

  show(): void {
    const { trace } = this.check;
    if (trace !== this.#trace) {
      this.#trace = trace;
      this.#derived = new Derived();
      this.#rows = 0;
      this.#capturing = false;
      this.#plots.clear();
    }
    if (!trace || trace.rows.length === this.#rows) return;
    let newest: readonly [readonly Face[], Frame] | null = null;
    for (const row of trace.rows.slice(this.#rows)) {
      if (row[0] === "state") this.#capturing = row[2] === "capturing";
      if (row[0] !== "frame") continue;
      const [, , , time, width, height, found, values] = row;
      const measured = (name: string): number | null => values[trace.measures.indexOf(name)] ?? null;
      newest = [facesOf(found), { width, height, luma: measured("frame_luma"), detail: measured("frame_detail") }];
      for (const [name, value] of Object.entries({ ...ofBoxes(...newest), ...this.#derived.follow(measured, time, this.#capturing) })) this.#plots.add(name, value);
      for (const [at, name] of trace.measures.entries()) this.#plots.add(name, values[at] ?? null);
    }
    const { mirrored } = this.check;
    if (newest) draw(this.#canvas, ...newest, mirrored === "true" || (mirrored !== "false" && !trace.file));
    this.#rows = trace.rows.length;
    this.#plots.draw();
  }
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
