// The demo page: what is around the element. The check itself, and all that is shown of it, is the element's.
import { type ElementSnapshot, LivenessCheckElement } from "liveness-capture/element";
import { element } from "./dom.js";
import { mirror } from "./mirror.js";
import { followIn } from "./panel.js";
import { parseParameters } from "./params.js";
import { showResult } from "./result.js";
import { ANOTHER_FILE, STREAM_PRIVACY, USE_FILE, ignoredNote } from "./texts.js";

const app = element("app", HTMLElement);
const check = element("check", LivenessCheckElement);
const fileInput = element("file", HTMLInputElement);
const useFile = element("use-file", HTMLButtonElement);
const useCamera = element("use-camera", HTMLButtonElement);
const { options, attributes, ignored, dev } = parseParameters(new URL(location.href));

/** The gateway that serves this page, also under a path that a proxy in front of it adds. */
check.options = { endpoint: new URL(".", location.href), ...options };
for (const [name, value] of Object.entries(attributes)) check.setAttribute(name, value);

function start(source: File | null): void {
  check.cancel();
  check.source = source;
  check.start();
}

function follow(): void {
  const snapshot: ElementSnapshot = check.snapshot;
  mirror(app, snapshot);
  const { view } = app.dataset;
  const fromFile = check.source !== null;
  useFile.hidden = view === "run";
  useFile.textContent = view !== "start" && fromFile ? ANOTHER_FILE : USE_FILE;
  useCamera.hidden = view === "run" || view === "start" || !fromFile;
}

for (const name of ["state", "guidance", "progress"]) check.addEventListener(`liveness-${name}`, follow);
check.addEventListener("liveness-result", ({ detail: { verdict } }) => {
  element("score", HTMLElement).hidden = verdict === null;
  if (verdict) showResult(verdict);
  scrollTo({ top: 0 });
});
// From the introduction it is the camera; Try again repeats the last source.
check.addEventListener("liveness-cancel", () => (check.source = null));

useCamera.addEventListener("click", () => start(null));
useFile.addEventListener("click", () => fileInput.click());
fileInput.addEventListener("change", () => {
  const [file] = fileInput.files ?? [];
  // So that choosing the same file again counts as a change.
  fileInput.value = "";
  if (file) start(file);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") check.cancel();
});

if (options.transport === "stream") element("privacy-what", HTMLElement).textContent = STREAM_PRIVACY;
if (ignored.length > 0) element("ignored", HTMLElement).textContent = ignoredNote(ignored);
if (dev) followIn(element("panel", HTMLElement), check);
element("unloaded", HTMLElement).remove();
useFile.disabled = false;
