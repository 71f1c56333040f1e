// The demo page: connects buttons to attempts, and attempts to the view.
import { Attempt, type Source } from "./attempt.js";
import { mirror } from "./mirror.js";
import { loadPackage } from "./package.js";
import { parseParameters } from "./params.js";
import { STREAM_PRIVACY } from "./texts.js";
import { View, element } from "./view.js";

const app = element("app", HTMLElement);
const video = element("preview", HTMLVideoElement);
const fileInput = element("file", HTMLInputElement);
const view = new View(video);
const { options, ignored } = parseParameters(new URL(location.href));

/** The gateway that serves this page, also under a path that a proxy in front of it adds. */
const HERE = new URL(".", location.href);

let attempt: Attempt | null = null;

/** Always starts a new check, since one that has ended cannot be used again. */
function start(source: Source): void {
  attempt?.cancel();
  view.begin(source);
  const current = new Attempt(source, { endpoint: HERE, ...options, video }, (snapshot) => {
    if (attempt !== current) return;
    mirror(app, snapshot);
    view.render(snapshot);
  });
  attempt = current;
  void current.run();
}

element("start", HTMLButtonElement).addEventListener("click", () => {
  // From the introduction it is the camera; Try again repeats the last source.
  const again = app.dataset["view"] !== "intro" ? attempt?.source : undefined;
  start(again ?? "camera");
});
element("use-camera", HTMLButtonElement).addEventListener("click", () => start("camera"));
element("use-file", HTMLButtonElement).addEventListener("click", () => fileInput.click());
fileInput.addEventListener("change", () => {
  const [file] = fileInput.files ?? [];
  // So that choosing the same file again counts as a change.
  fileInput.value = "";
  if (file) start(file);
});
element("cancel", HTMLButtonElement).addEventListener("click", () => attempt?.cancel());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && app.dataset["view"] === "run") attempt?.cancel();
});
// A page kept for the Back button must not keep the camera on.
addEventListener("pagehide", () => attempt?.cancel());

if (options.transport === "stream") element("privacy-what", HTMLElement).textContent = STREAM_PRIVACY;
if (ignored.length > 0) view.notice(`Ignored in this page's address, since not valid: ${ignored.join(", ")}.`);
view.ready();
// Fetched now so that Start is quick; if it fails, Start tries again and reports it.
loadPackage().catch(() => undefined);
