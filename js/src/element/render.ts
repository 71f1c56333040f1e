/** Puts a presentation into the tree. */
import { Countdown } from "./countdown.js";
import { isShown } from "./focus.js";
import type { Language } from "./language.js";
import { type Presentation, timeLeft } from "./present.js";
import { CLOCK, Steady } from "./steady.js";
import type { ElementSnapshot } from "./shown.js";
import { set, write } from "./set.js";
import type { Parts } from "./template.js";

/** Long enough to read a short instruction before the next one comes. */
export const INSTRUCTION_HOLD_MS = 700;
/** A screen reader needs longer. */
export const SPOKEN_HOLD_MS = 2500;

export class Renderer {
  readonly #parts: Parts;
  readonly #instruction: Steady;
  readonly #spoken: Steady;
  readonly #countdown: Countdown;
  #language: Language | null = null;
  /** What there was to hear at the last rendering, said or not. */
  #heard = "";

  constructor(parts: Parts, clock = CLOCK) {
    this.#parts = parts;
    this.#instruction = new Steady((value) => {
      const [title = "", text = "", arrow = ""] = value.split("\n");
      write(parts.instruction, title);
      write(parts.hint, text);
      // It points where the sentence sends the person, never where the next one will.
      set(parts.app, "data-arrow", arrow || null);
    }, INSTRUCTION_HOLD_MS, clock);
    this.#countdown = new Countdown((seconds) => {
      if (this.#language) write(parts.count, timeLeft(this.#language, seconds));
    }, clock);
    this.#spoken = new Steady((value) => write(parts.announcer, value), SPOKEN_HOLD_MS, clock);
  }

  /** Forgets the texts of an earlier check. */
  clear(): void {
    this.#instruction.clear();
    this.#spoken.clear();
    this.#heard = "";
  }

  /** `focusMoves`: to the heading, which is thereby read out, where it is shown. `frozen`: no time passes, as in a gallery. */
  render(shown: Presentation, { state, guidance }: ElementSnapshot, language: Language, { focusMoves, frozen }: { focusMoves: boolean; frozen: boolean }): void {
    const { element: words } = language;
    const { app, views, start, cancel, extend, alarm, ring, progress, count, notice, codeLine, code } = this.#parts;
    const { dataset } = app;
    dataset["state"] = state;
    dataset["guidance"] = guidance;
    set(app, "data-mark", shown.mark);
    set(app, "data-waiting", shown.waiting ? "" : null);
    set(app, "data-retry", shown.view === "run" ? null : shown.retry);
    ring.setAttribute("stroke-dasharray", `${shown.ring} 100`);
    progress.value = shown.ring;
    this.#language = language;
    // In the place of the count, of which there is none meanwhile.
    if (shown.left === null) write(count, shown.count);
    this.#countdown.set(shown.left, frozen);
    // Said once, however often the time is corrected.
    write(alarm, shown.left === null ? "" : words.timeRunsOut);
    set(app, "data-hurry", shown.left === null ? null : "");
    write(notice, shown.notice);
    const [before = "", after = ""] = words.code.split("{code}");
    codeLine.replaceChildren(before, code, after);
    write(start, shown.view === "start" ? words.start : words.retry);
    const running = shown.view === "run";
    // Show before hiding, so that the focus is not lost with a button that disappears.
    cancel.hidden = !running;
    if (running && shown.left === null && extend.matches(":focus")) (isShown(cancel) ? cancel : app).focus();
    extend.hidden = shown.left === null;
    start.hidden = running || (shown.view === "success" && shown.retry === "none");
    if (dataset["view"] !== shown.view || views.every((view) => view.hidden)) {
      dataset["view"] = shown.view;
      for (const view of views) view.hidden = view.dataset["for"] !== shown.view;
    }
    this.#steps(shown);
    this.#texts(shown, focusMoves);
  }

  #texts(shown: Presentation, focusMoves: boolean): void {
    const { resultTitle, resultText, resultAdvice, problemTitle, advice, code } = this.#parts;
    const heard = this.#heard;
    this.#heard = shown.spoken;
    if (shown.view === "run") {
      this.#instruction.set(`${shown.title}\n${shown.text}\n${shown.arrow ?? ""}`);
      this.#spoken.set(shown.spoken);
      return;
    }
    this.#instruction.clear();
    const heading = { start: null, success: resultTitle, failure: problemTitle }[shown.view];
    // What is not read out with the heading is said. Not for being drawn anew: a page may set something at any time.
    if (focusMoves && (!heading || isShown(heading))) this.#spoken.clear();
    else if (shown.spoken !== heard) this.#spoken.put(shown.spoken);
    if (shown.view === "success") {
      write(resultTitle, shown.title);
      write(resultText, shown.text);
      list(resultAdvice, shown.advice);
    }
    if (shown.view !== "failure") return;
    write(problemTitle, shown.title);
    write(code, shown.code);
    list(advice, shown.advice);
  }

  #steps({ step }: Presentation): void {
    for (const item of this.#parts.steps.querySelectorAll<HTMLElement>("li")) {
      const own = Number(item.dataset["step"]);
      item.classList.toggle("passed", own < step);
      set(item, "aria-current", own === step ? "step" : null);
    }
  }
}

function list(place: HTMLElement, lines: readonly string[]): void {
  place.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  place.hidden = lines.length === 0;
}
