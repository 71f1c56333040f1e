// The gallery: every state of the element side by side, without a camera. The address's query chooses language, theme,
// width, size of text and look.
import { type Camera, LANGUAGES, LivenessCheckElement } from "liveness-capture/element";
import { element } from "./dom.js";
import { STATES, type Shown } from "./states.js";

/** How the element is made to show what no check has reported; not a part of the package's interface. */
const SHOW = Symbol.for("liveness-capture.show");
type Showing = LivenessCheckElement & Record<typeof SHOW, (shown: Shown, cameras: Camera[]) => void>;

const query = new URL(location.href).searchParams;
const form = element("choices", HTMLFormElement);
const { dataset } = document.documentElement;

function choose(select: HTMLSelectElement): string {
  const wanted = query.get(select.name);
  if ([...select.options].some(({ value }) => value === wanted)) select.value = wanted ?? "";
  return select.value;
}

/** A face as a child would draw it, in the place of the camera. */
function drawnPicture(): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const paint = canvas.getContext("2d");
  if (!paint) return canvas;
  const ellipse = (colour: string, ...[x, y, width, height]: [number, number, number, number]): void => {
    paint.fillStyle = colour;
    paint.beginPath();
    paint.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
    paint.fill();
  };
  paint.fillStyle = "#8fa3ad";
  paint.fillRect(0, 0, 640, 480);
  ellipse("#4a5a78", 320, 520, 230, 150);
  ellipse("#3a2c22", 320, 215, 128, 165);
  ellipse("#d9a88a", 320, 240, 108, 145);
  for (const x of [280, 360]) ellipse("#2b2320", x, 215, 13, 8);
  ellipse("#a5564e", 320, 315, 36, 9);
  return canvas;
}

/** Two that anybody might have. */
const CAMERAS = ["Integrated camera", "USB camera"].map((label, at): Camera => ({ deviceId: `${at}`, label, facing: null, infrared: false, depth: false, virtual: false }));

for (const select of form.querySelectorAll("select")) {
  if (select.name === "locale") select.append(...LANGUAGES.map((language) => new Option(language)));
  dataset[select.name] = choose(select);
}
form.addEventListener("change", () => form.submit());
document.documentElement.lang = dataset["locale"] ?? "en";

const canvas = drawnPicture();
const stream = canvas.captureStream();
const places = element("states", HTMLElement);
for (const [name, { shown, picture = false, cameras = false, attributes = {} }] of Object.entries(STATES)) {
  const check = document.createElement("liveness-check") as Showing;
  for (const [attribute, value] of Object.entries({ ...attributes, theme: dataset["theme"] ?? "light" })) check.setAttribute(attribute, value);
  const section = document.createElement("section");
  section.dataset["name"] = name;
  section.append(Object.assign(document.createElement("h2"), { textContent: name, lang: "en" }), check);
  places.append(section);
  // Over what it shows before anything has happened.
  check[SHOW]({ ...check.snapshot, ...shown }, cameras ? CAMERAS : []);
  const video = picture ? check.shadowRoot?.querySelector("video") : null;
  if (video) {
    video.srcObject = stream;
    void video.play().catch(() => undefined);
  }
}
// The stream has a picture only once something is painted.
canvas.getContext("2d")?.fillRect(0, 0, 1, 1);
