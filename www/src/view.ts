// Turns the check's snapshots into what a person sees.
import type { Problem, Shown, Source } from "./attempt.js";
import { Steady } from "./steady.js";
import * as texts from "./texts.js";

type ViewName = "intro" | "run" | "result" | "problem";

const STEP: Partial<Record<Shown["state"], number>> = {
  "requesting-camera": 0,
  loading: 0,
  positioning: 1,
  capturing: 1,
  uploading: 2,
  verifying: 2,
};
/** Long enough to read a short instruction before the next one comes. */
const INSTRUCTION_HOLD_MS = 700;
/** A screen reader needs longer. */
const ANNOUNCEMENT_HOLD_MS = 2500;

/** The element with this id. The page is ours, so a missing one is a bug. */
export function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

const text = (id: string, value: string): void => {
  element(id, HTMLElement).textContent = value;
};

export class View {
  readonly #app = element("app", HTMLElement);
  readonly #start = element("start", HTMLButtonElement);
  readonly #cancel = element("cancel", HTMLButtonElement);
  readonly #useFile = element("use-file", HTMLButtonElement);
  readonly #useCamera = element("use-camera", HTMLButtonElement);
  readonly #badge = element("badge", HTMLElement);
  readonly #instruction = new Steady((value) => {
    const [instruction = "", hint = ""] = value.split("\n");
    text("instruction", instruction);
    text("hint", hint);
  }, INSTRUCTION_HOLD_MS);
  readonly #announcement = new Steady((value) => text("announcer", value), ANNOUNCEMENT_HOLD_MS);
  #current: ViewName = "intro";
  #source: Source = "camera";

  constructor(private readonly video: HTMLVideoElement) {
    // The preview counts as on while it shows pictures, whatever the state is.
    video.addEventListener("loadeddata", () => this.#picture(true));
    video.addEventListener("playing", () => this.#picture(true));
    video.addEventListener("emptied", () => this.#picture(false));
  }

  /** Enables Start once the scripts have loaded. */
  ready(): void {
    element("unloaded", HTMLElement).remove();
    this.#start.disabled = false;
    this.#useFile.disabled = false;
  }

  /** Shows a line beside the buttons, which is also read out. */
  notice(value: string): void {
    text("notice", value);
  }

  /** Begins a new attempt. */
  begin(source: Source): void {
    this.#source = source;
    this.#app.dataset["source"] = source === "camera" ? "camera" : "file";
    this.video.setAttribute("aria-label", source === "camera" ? "Preview of your camera" : "Preview of your video");
    this.notice("");
    this.#instruction.clear();
    this.#announcement.clear();
    this.#switch("run");
    this.#cancel.focus();
  }

  /** Returns to the introduction, for example after Cancel. */
  reset(notice: string): void {
    this.#picture(false);
    this.#switch("intro");
    this.#announcement.clear();
    this.notice(notice);
    this.#start.focus();
  }

  render(shown: Shown): void {
    this.#ring(shown);
    switch (shown.state) {
      case "done":
        return this.#result(shown);
      case "failed":
        return shown.error ? this.#problem(shown.error) : undefined;
      case "cancelled":
        return this.reset(texts.CANCELLED_NOTICE);
      default:
        return this.#running(shown);
    }
  }

  #running(shown: Shown): void {
    const { state, guidance, message } = shown;
    const fromFile = this.#source !== "camera";
    const own = fromFile ? texts.FILE_INSTRUCTION[state] : undefined;
    const instruction = own ?? (message || texts.STATE_INSTRUCTION[state] || "");
    // With a file, what would be an instruction merely explains why it is waiting.
    const hint = fromFile
      ? state === "positioning" ? message : ""
      : texts.STATE_HINT[state] ?? texts.GUIDANCE_HINT[guidance] ?? "";
    this.#instruction.set(`${instruction}\n${hint}`);
    this.#announcement.set(instruction);

    const counting = state === "capturing" || state === "uploading";
    const { framesTaken, framesRequired, framesUploaded } = shown;
    text("count", counting && framesRequired > 0
      ? state === "capturing" ? `${framesTaken} of ${framesRequired} pictures` : `${framesUploaded} of ${framesRequired} sent`
      : "");
    const current = STEP[state] ?? 0;
    for (const item of this.#app.querySelectorAll<HTMLElement>("[data-step]")) {
      const step = Number(item.dataset["step"]);
      item.classList.toggle("passed", step < current);
      if (step === current) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
  }

  /** The ring is full when every picture is taken: until then the person must hold still, whatever the network does. */
  #ring({ state, framesTaken, framesRequired }: Shown): void {
    const taken = state === "capturing" ? framesTaken / Math.max(1, framesRequired) : (STEP[state] ?? 0) === 2 ? 1 : 0;
    const percent = Math.round(Math.min(1, taken) * 1000) / 10;
    element("ring", SVGElement).setAttribute("stroke-dasharray", `${percent} 100`);
    element("progress", HTMLProgressElement).value = percent;
  }

  #result({ verdict }: Shown): void {
    if (!verdict) return;
    const words = texts.VERDICTS[verdict.verdict];
    text("result-title", words.title);
    text("result-text", words.text);
    text("score-number", String(Math.round(verdict.score)));
    element("meter-value", SVGElement).setAttribute("width", String(Math.min(100, Math.max(0, verdict.score))));
    const warnings = [verdict.warning, ...(verdict.warnings ?? [])].filter((warning) => !!warning).map(String);
    this.#list("warnings", [...new Set(warnings)]);
    text("model-note", verdict.model?.startsWith("local-") ? texts.LOCAL_MODEL_NOTE : "");
    text("detail-session", verdict.sessionId || "–");
    text("detail-model", verdict.model ?? "–");
    text("detail-time", verdict.createdAt ? new Date(verdict.createdAt).toLocaleString() : "–");
    text("detail-band", verdict.type ?? "–");
    this.#end("result");
  }

  #problem(problem: Problem): void {
    text("problem-title", problem.title);
    this.#list("problem-advice", problem.advice);
    text("problem-code", problem.code);
    this.#end("problem");
  }

  #list(id: string, lines: readonly string[]): void {
    const list = element(id, HTMLUListElement);
    list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    // If the list has a heading of its own, hide both together.
    (list.closest<HTMLElement>(".noticed") ?? list).hidden = lines.length === 0;
  }

  #end(view: "result" | "problem"): void {
    this.#picture(false);
    this.#announcement.clear();
    this.#switch(view);
    // Moving the focus to the heading has it read out; Try again is the next stop.
    element(`${view}-title`, HTMLElement).focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }

  #picture(on: boolean): void {
    if (on) this.#app.dataset["picture"] = "on";
    else delete this.#app.dataset["picture"];
    this.#badge.hidden = !on;
    this.#badge.textContent = this.#source === "camera" ? "Camera on" : "Video file";
  }

  #switch(view: ViewName): void {
    const running = view === "run";
    // Show before hiding, so that the focus is not lost with a button that disappears.
    this.#cancel.hidden = !running;
    this.#start.hidden = running;
    this.#useFile.hidden = running;
    this.#useCamera.hidden = running || view === "intro" || this.#source === "camera";
    this.#start.textContent = view === "intro" ? "Start" : "Try again";
    this.#useFile.textContent = view !== "intro" && this.#source !== "camera"
      ? "Choose another video file"
      : "Use a video file instead";
    if (view === this.#current) return;
    this.#current = view;
    this.#app.dataset["view"] = view;
    for (const section of this.#app.querySelectorAll<HTMLElement>("[data-for]")) {
      section.hidden = section.dataset["for"] !== view;
    }
  }
}
