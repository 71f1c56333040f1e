/** One trial: shows the check, and tells once how it ended. */
import type { LivenessCheckElement } from "../../element/element.js";
import type { LivenessProblem } from "../../element/shown.js";
import { TERMINAL_STATES } from "../../generated/codes.js";
import { follow } from "../survey/follow.js";
import { defineInTime } from "../survey/in_time.js";
import { type Attributes, addButton, makeElement } from "../survey/make.js";
import { NOTHING_YET, type Outcome, isLetThrough, troubleOf } from "../survey/outcome.js";
import type { OwnWords } from "../../element/language.js";
import type { LivenessData } from "./data.js";

export type AfterTrouble = "continue" | "abort" | "wait";

export interface RunOptions {
  attributes: Attributes;
  words: OwnWords | null;
  prompt: string | null;
  stream: MediaStream | null;
  autoStart: boolean;
  onRefused: AfterTrouble;
  onFailed: AfterTrouble;
  attempts: number;
  buttonLabel: string;
  resultDuration: number | null;
}

/** What a trial asks of jsPsych. Its timers end with the trial. */
export interface Stage {
  finish(data: LivenessData): void;
  abort(data: LivenessData): void;
  setTimeout(work: () => void, ms: number): number;
}

export const rowOf = (outcome: Outcome, rt: number): LivenessData => ({
  // No other one ends a trial.
  status: outcome.status as LivenessData["status"],
  verdict: outcome.verdict,
  score: outcome.score,
  liveness_session: outcome.sessionId,
  warnings: outcome.warnings,
  duration: outcome.durationMs,
  rt: Math.round(rt),
  error: outcome.error,
  attempts: outcome.attempts,
});

export class Run {
  readonly #display: HTMLElement;
  readonly #options: RunOptions;
  readonly #stage: Stage;
  readonly #beganAt = performance.now();
  readonly #host = document.createElement("div");
  #element: LivenessCheckElement | null = null;
  #followed: { readonly outcome: Outcome } = { outcome: NOTHING_YET };
  #button: HTMLButtonElement | null = null;
  #sentence: HTMLElement | null = null;
  #timer = 0;
  #failures = 0;
  /** The newest verdict, which no later attempt takes away but another verdict. */
  #complete: Outcome | null = null;
  #over = false;

  constructor(display: HTMLElement, options: RunOptions, stage: Stage) {
    this.#display = display;
    this.#options = options;
    this.#stage = stage;
  }

  /** Resolves once the check is shown, or cannot be; with `false` if the trial has ended before. */
  async show(): Promise<boolean> {
    const { prompt, stream, attributes, words, autoStart } = this.#options;
    this.#host.className = "jspsych-liveness";
    // On a phone there is nothing beside it.
    this.#host.style.setProperty("padding-inline", "0.5rem");
    this.#display.replaceChildren(this.#host);
    if (prompt) {
      const above = document.createElement("div");
      above.insertAdjacentHTML("beforeend", prompt);
      this.#host.append(above);
    }
    const notLoaded = (error: unknown): boolean => {
      if (this.#gone) return false;
      console.error("liveness: the element could not be loaded", error);
      this.#notLoaded();
      return true;
    };
    try {
      await defineInTime(notLoaded);
    } catch (error) {
      return notLoaded(error);
    }
    if (this.#gone) return false;
    this.#sentence?.remove();
    const element = makeElement(attributes, words);
    if (stream) element.source = stream;
    this.#element = element;
    this.#followed = follow(element, (outcome, problem) => this.#ended(outcome, problem));
    // Whoever tries again goes on with what comes of it.
    element.addEventListener("liveness-state", ({ detail: { state } }) => {
      clearTimeout(this.#timer);
      if (this.#button && !this.#complete) this.#button.hidden = !TERMINAL_STATES.has(state);
    });
    this.#host.append(element);
    if (autoStart) element.start();
    return true;
  }

  /** Ends the trial as it stands: its time is up. */
  timeUp(): void {
    // Of a check that still runs nobody has told the session yet.
    const sessionId = this.#followed.outcome.sessionId ?? this.#element?.snapshot.sessionId ?? null;
    this.#finish(this.#complete ?? { ...this.#followed.outcome, status: "timeout", sessionId });
  }

  /** jsPsych empties the display when it ends a trial by itself, as it does when the experiment is aborted. */
  get #gone(): boolean {
    return this.#over || !this.#host.isConnected;
  }

  #ended(outcome: Outcome, problem: LivenessProblem | null): void {
    if (this.#gone) return;
    if (outcome.status === "complete") this.#complete = outcome;
    if (this.#complete) return this.#offer(this.#complete, this.#options.resultDuration);
    if (!problem) return;
    this.#failures += 1;
    const { onRefused, onFailed, attempts } = this.#options;
    const after = troubleOf(problem.code) === "refused" ? onRefused : onFailed;
    const isEnough = after !== "wait" && isLetThrough(problem, this.#failures, attempts);
    if (isEnough && after === "abort") this.#abort(outcome);
    // Who was once let through stays so; the newest failure is the one that counts.
    else if (isEnough || this.#button) this.#offer(outcome, null);
  }

  /** A button that ends the trial, or its end after a while. */
  #offer(outcome: Outcome, afterMs: number | null): void {
    this.#button?.remove();
    if (afterMs !== null) {
      this.#timer = this.#stage.setTimeout(() => this.#finish(outcome), afterMs);
    } else if (this.#element) {
      this.#button = addButton(this.#element, this.#options.buttonLabel, () => this.#finish(outcome), outcome.status === "complete");
    }
  }

  #notLoaded(): void {
    const outcome: Outcome = { ...NOTHING_YET, status: "failed", error: "engine_load_failed" };
    const { onFailed } = this.#options;
    if (onFailed === "continue") return this.#finish(outcome);
    if (onFailed === "abort") return this.#abort(outcome);
    const sentence = (this.#sentence ??= document.createElement("p"));
    sentence.setAttribute("role", "alert");
    sentence.textContent = "The check could not be loaded. Reload this page to try again.";
    this.#host.append(sentence);
  }

  #finish(outcome: Outcome): void {
    this.#close((data) => this.#stage.finish(data), outcome);
  }

  #abort(outcome: Outcome): void {
    this.#close((data) => this.#stage.abort(data), outcome);
  }

  #close(tell: (data: LivenessData) => void, outcome: Outcome): void {
    if (this.#gone) return;
    this.#over = true;
    this.#element?.cancel();
    this.#host.remove();
    tell(rowOf(outcome, performance.now() - this.#beganAt));
  }
}
