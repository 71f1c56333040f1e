/** The element's shadow tree. Made node by node: a page may demand Trusted Types. */
import { sentences } from "./language.js";
import type { Situation } from "./present.js";
import { set, write } from "./set.js";

type Child = Node | string;
type Attributes = Readonly<Record<string, string>>;

function fill<T extends Element>(element: T, attributes: Attributes, children: readonly Child[]): T {
  for (const name of Object.keys(attributes)) element.setAttribute(name, attributes[name] ?? "");
  element.append(...children);
  return element;
}

const html = <K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] =>
  fill(document.createElement(tag), attributes, children);

const svg = (tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement, attributes, children);

const OVAL = "M0-37.5A28.5 37.5 0 0 1 0 37.5 28.5 37.5 0 0 1 0-37.5";
const ARROWS = {
  left: "M-19-6l-6 6 6 6",
  right: "M19-6l6 6-6 6",
  up: "M-6-27l6-6 6 6",
  down: "M-6 27l6 6 6-6",
  closer: "M-22-21v-7h7M22-21v-7h-7M-22 21v7h7M22 21v7h-7",
  back: "M-14-27v6h-6M14-27v6h6M-14 27v-6h-6M14 27v-6h6",
};
const MARKS = {
  live: "M-10 1l7 7L11-8",
  complete: "M-10 1l7 7L11-8",
  fake: "M-8-8L8 8M8-8L-8 8",
  inconclusive: "M-6-5a6 6 0 1 1 8.5 5.5C0 2 0 3.5 0 5.5M0 11v.1",
  problem: "M0-11V3M0 10v.1",
};

/** The picture's guide: it is drawn where `object-fit: cover` puts the picture, whatever its shape. */
function guide() {
  const ring = svg("path", { id: "ring", class: "ring", part: "ring", pathLength: "100", "stroke-dasharray": "0 100", d: OVAL });
  const group = (kind: string, drawings: Readonly<Record<string, string>>): SVGElement[] =>
    Object.keys(drawings).map((name) => svg("path", { class: kind, part: kind, [`data-${kind}`]: name, d: drawings[name] ?? "" }));
  const fitted = svg("g", {},
    svg("path", { class: "scrim", part: "veil", "fill-rule": "evenodd", d: "M-900-900H900V900H-900ZM0-36A27 36 0 1 0 0 36 27 36 0 1 0 0-36Z" }),
    svg("path", { class: "figure", d: "M-15-4c0-11 6-19 15-19s15 8 15 19S9 18 0 18-15 7-15-4ZM-6.5 17v5c0 3.5-4 5-8.5 7M6.5 17v5c0 3.5 4 5 8.5 7M-8.5-4.5h4M4.5-4.5h4M-4.5 8.5c2.7 2.2 6.3 2.2 9 0M0-3v6" }),
    svg("path", { class: "track", part: "oval", d: OVAL }),
    ring,
    svg("path", { class: "waiting", part: "ring", pathLength: "100", "stroke-dasharray": "14 86", d: OVAL }),
    ...group("arrow", ARROWS),
    ...group("mark", MARKS));
  const picture = svg("svg", { class: "guide", part: "guide", "aria-hidden": "true" }, fitted);
  return { ring, picture, fitted };
}

/** Shows the whole guide, where there is no picture for it to fit. */
export function centreGuide({ picture, fitted }: Pick<Parts, "picture" | "fitted">): void {
  picture.setAttribute("viewBox", "-50 -50 100 100");
  picture.setAttribute("preserveAspectRatio", "xMidYMid meet");
  fitted.removeAttribute("transform");
}

/** Fits the guide to a picture of this size. */
export function fitGuide({ picture, fitted }: Pick<Parts, "picture" | "fitted">, width: number, height: number): void {
  picture.setAttribute("preserveAspectRatio", "xMidYMid slice");
  const half = Math.round((50 * width) / height * 100) / 100;
  picture.setAttribute("viewBox", `${-half} -50 ${2 * half} 100`);
  // A narrow picture has no room for an oval of the usual height.
  fitted.setAttribute("transform", `scale(${Math.min(1, Math.round((half / 30) * 1000) / 1000)})`);
}

export type Parts = ReturnType<typeof build>;

/** Makes the tree. */
export function build(root: ShadowRoot) {
  const video = html("video", { id: "preview", class: "preview", part: "preview", playsinline: "", disablepictureinpicture: "" });
  video.muted = true;
  const { ring, picture, fitted } = guide();
  const steps = html("ol", { class: "steps", part: "steps" }, ...[0, 1, 2].map((step) => html("li", { part: "step", "data-step": `${step}` })));
  const introTitle = html("h2", { id: "intro-title", class: "title", part: "title", tabindex: "-1" });
  const introText = html("p", { class: "lead", part: "text" });
  const consent = html("p", { class: "consent", part: "consent" });
  const instruction = html("h2", { id: "instruction", class: "title", part: "title instruction" });
  const hint = html("p", { id: "hint", class: "lead", part: "text hint" });
  const count = html("p", { id: "count", class: "count", part: "count" });
  // Who gets the focus on one of these hears what is under it, too.
  const resultTitle = html("h2", { id: "result-title", class: "title", part: "title", tabindex: "-1", "aria-describedby": "result-text result-advice" });
  const resultText = html("p", { id: "result-text", class: "lead", part: "text" });
  const resultAdvice = html("ul", { id: "result-advice", class: "advice", part: "advice", hidden: "" });
  const problemTitle = html("h2", { id: "problem-title", class: "title", part: "title", tabindex: "-1", "aria-describedby": "problem-advice" });
  const advice = html("ul", { id: "problem-advice", class: "advice", part: "advice" });
  const code = html("code", { id: "problem-code" });
  const codeLine = html("p", { class: "code", part: "code" }, code);
  const badge = html("p", { id: "badge", class: "badge", part: "badge", hidden: "" });
  const progress = html("progress", { id: "progress", class: "unseen", max: "100", value: "0" });
  const notice = html("p", { id: "notice", class: "notice", part: "notice", role: "status", tabindex: "-1" });
  const start = html("button", { id: "start", class: "button", part: "button start-button", type: "button" });
  const cancel = html("button", { id: "cancel", class: "button", part: "button cancel-button", type: "button", hidden: "" });
  const extend = html("button", { id: "extend", class: "button", part: "button extend-button", type: "button", hidden: "" });
  const cameraName = html("label", { for: "camera" });
  const camera = html("select", { id: "camera", class: "camera", part: "camera" });
  const cameras = html("div", { class: "cameras", part: "cameras", hidden: "" }, cameraName, camera);
  const announcer = html("p", { id: "announcer", class: "unseen", role: "status", "aria-live": "polite" });
  // Beside the instructions, which go on: what is said once is not to wait for its turn among them.
  const alarm = html("p", { id: "alarm", class: "unseen", role: "status", "aria-live": "polite" });
  const section = (view: string, label: Element, ...children: Child[]): HTMLElement => {
    const own = html("section", { class: "view", "data-for": view, "aria-labelledby": label.id }, ...children);
    own.hidden = true;
    return own;
  };
  const views = [
    html("section", { class: "view", "data-for": "start" },
      html("slot", { name: "start" }, introTitle, introText),
      html("slot", { name: "consent" }, consent)),
    section("run", instruction, steps, instruction, hint, count),
    section("success", resultTitle, resultTitle, resultText, resultAdvice, html("slot", { name: "success" })),
    section("failure", problemTitle, problemTitle, advice, html("slot", { name: "failure" }), codeLine),
  ];
  const live = html("span", { class: "badge", part: "badge" });
  const stop = html("button", { id: "stop", class: "button", part: "button stop-button", type: "button" });
  const pill = html("div", { id: "pill", class: "pill", part: "pill", hidden: "" }, live, stop);
  const stage = html("div", { class: "stage", part: "stage" }, video, picture, badge, progress, cameras);
  const app = html("div", { class: "app", part: "root", role: "group", tabindex: "-1", "data-view": "start" },
    html("div", { class: "copy", part: "copy" }, ...views),
    stage,
    html("div", { class: "actions", part: "actions" },
      notice,
      html("div", { class: "buttons" }, start, cancel, extend, html("slot", { name: "actions" }))),
    announcer,
    alarm,
    html("div", { class: "room", role: "status" }, pill));
  root.append(app);
  return {
    app, stage, views, steps, introTitle, introText, consent, instruction, hint, count, resultTitle, resultText, resultAdvice,
    problemTitle, advice, code, codeLine, video, picture, fitted, ring, badge, progress, notice, start, cancel, extend,
    cameras, cameraName, camera, announcer, alarm, pill, live, stop,
  };
}

/** Says what the picture is of, and shows it as that. */
export function labelPicture({ app, video, badge }: Parts, { language: { element: words }, fromFile, mirrored }: Situation): void {
  set(app, "data-mirrored", mirrored ? "" : null);
  app.dataset["source"] = fromFile ? "file" : "camera";
  video.setAttribute("aria-label", fromFile ? words.previewFile : words.preview);
  write(badge, fromFile ? words.fileShown : words.cameraOn);
}

/** Writes what does not depend on the snapshot. */
export function label(parts: Parts, { language, whole, releases }: Situation): void {
  const words = language.element;
  const { app, introTitle, introText, consent, cancel, live, stop, extend, cameraName, steps, progress } = parts;
  app.setAttribute("aria-label", words.label);
  const [title, text] = words.intro;
  write(introTitle, title);
  write(introText, text);
  write(consent, sentences(language, whole ? words.consentWhole : words.consent, releases ? words.cameraOnWhile : ""));
  write(cancel, words.cancel);
  write(live, words.cameraOn);
  write(stop, words.stop);
  write(extend, words.moreTime);
  write(cameraName, words.camera);
  steps.setAttribute("aria-label", words.steps);
  [words.stepCamera, words.stepPictures, words.stepResult].forEach((name, step) => {
    const item = steps.children[step];
    if (item) write(item, name);
  });
  progress.setAttribute("aria-label", words.progress);
}
