/** One question with a check in it, from its page's drawing to the next page. */
import type { LivenessCheckElement } from "../../element/element.js";
import type { LivenessProblem } from "../../element/shown.js";
import { scriptAddress } from "../survey/element_module.js";
import { follow } from "../survey/follow.js";
import { defineInTime } from "../survey/in_time.js";
import { addButton, makeElement } from "../survey/make.js";
import { NOTHING_YET, type Outcome, isLetThrough, troubleOf } from "../survey/outcome.js";
import { FIELDS, type Row, keptRow, packed, rowOf, unpacked } from "./data.js";
import { hold, isHeld, release } from "./lock.js";
import { clickNext, containerOf, isPreview, piped, read, write } from "./platform.js";
import { SENTENCES, type WithDefaults, withDefaults } from "./settings.js";
import type { Question, Sentences, Settings } from "./types.js";

/** How often to check that the page has not moved or removed anything. */
const WATCH_MS = 500;
/** How long the result is shown before the survey goes on by itself. */
const SHOWN_MS = 1_500;
/** What the newer survey experience is said to need until data that a script has set go with the page. */
const SETTLE_MS = 700;

export class QuestionCheck {
  readonly #question: Question;
  readonly #given: Settings;
  readonly #preview = isPreview(location.href);
  readonly #place = document.createElement("div");
  readonly #sentence = document.createElement("p");
  #settings: WithDefaults = withDefaults({});
  #element: LivenessCheckElement | null = null;
  #declineButton: HTMLButtonElement | null = null;
  #held = false;
  #over = false;
  /** There is a verdict, which no later attempt takes away but another verdict. */
  #done = false;
  /** The person may go on without a check, which no attempt that fails or is cancelled takes away either. */
  #letThrough = false;
  /** Its file was given up, and may still come. */
  #late = false;
  #failures = 0;
  #attempts = 0;
  #timer = 0;
  #goingOn = 0;

  constructor(question: Question, settings: Settings) {
    this.#question = question;
    this.#given = settings;
    this.#place.className = "liveness-question";
    this.#sentence.setAttribute("role", "status");
    this.#sentence.className = "liveness-sentence";
    this.#place.append(this.#sentence);
  }

  /** Puts the check into the question. Never throws and never rejects: what goes wrong is said in the question. */
  async open(): Promise<void> {
    try {
      const settings = withDefaults(this.#given);
      // Throws if it is no selector.
      if (settings.into) document.createDocumentFragment().querySelector(settings.into);
      this.#settings = settings;
    } catch (error) {
      return this.#refuse(error);
    }
    if (!this.#putInPlace()) {
      const { into, ...rest } = this.#settings;
      // Then the mistake is said where the check would be without it.
      if (into && containerOf(this.#question)) {
        this.#settings = rest;
        return this.#refuse(new TypeError(`into names nothing in the question: ${into}`));
      }
      return this.#giveUp("no_container", "", `there is no place for the check in ${this.#id}`);
    }
    const kept = this.#settings.again ? null : this.#kept();
    if (kept) {
      // What was staged for the page before a reload is lost with it.
      this.#save(kept);
      this.#release();
      return this.#say("done");
    }
    if (!this.#preview || this.#settings.preview === "same") this.#hold();
    else {
      this.#release();
      this.#say("preview");
    }
    this.#timer = window.setInterval(() => this.#watch(), WATCH_MS);
    const notLoaded = (error: unknown): void => {
      if (!this.#over) this.#notLoaded(error);
    };
    try {
      await defineInTime(notLoaded);
    } catch (error) {
      return notLoaded(error);
    }
    if (this.#over) return;
    try {
      this.#build();
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The page has gone: the camera is off, and the Next button is the next page's. */
  close(): void {
    this.#over = true;
    clearInterval(this.#timer);
    this.#element?.cancel();
    // Prototype.js has a `remove` of its own, which needs a parent.
    this.#place.parentNode?.removeChild(this.#place);
    if (this.#held) this.#release();
  }

  /** Whether it is in the page that is shown. */
  get isHere(): boolean {
    return !this.#over && this.#place.isConnected;
  }

  get #id(): string {
    return this.#question.questionId ?? "question";
  }

  /** Below the question's text, or where the settings say. */
  #putInPlace(): boolean {
    const container = containerOf(this.#question);
    const { into } = this.#settings;
    const place = into ? container?.querySelector(into) : container?.querySelector(".QuestionBody") ?? container?.querySelector(".QuestionText")?.parentElement ?? container;
    place?.append(this.#place);
    return Boolean(place);
  }

  #build(): void {
    const { gateway, attributes, words, decline } = this.#settings;
    const address = scriptAddress();
    // The gateway serves the package in a folder of its own.
    const endpoint = gateway ?? attributes?.["endpoint"] ?? (address ? new URL("..", address).href : null);
    const locale = piped(`${attributes?.["locale"] ?? ""}`);
    const element = makeElement({ ...attributes, endpoint, locale }, words);
    this.#element = element;
    if (this.#late) this.#sentence.textContent = "";
    follow(element, (outcome, problem) => this.#ended(outcome, problem));
    // Whoever begins another check is not taken from it.
    element.addEventListener("liveness-state", () => clearTimeout(this.#goingOn));
    if (decline) this.#declineButton = addButton(element, decline, () => this.#decline());
    this.#place.prepend(element);
  }

  #ended(outcome: Outcome, problem: LivenessProblem | null): void {
    if (this.#over) return;
    this.#attempts = outcome.attempts;
    const row = rowOf(outcome, this.#id, this.#preview);
    if (outcome.status === "complete") {
      this.#done = true;
      this.#declineButton?.remove();
      this.#save(row);
      this.#keep(row);
      this.#say("done");
      this.#release();
    }
    if (this.#done) {
      if (this.#settings.advance) this.#goOn(SHOWN_MS);
      return;
    }
    if (problem) {
      this.#failures += 1;
      const { [troubleOf(problem.code)]: policy, attempts } = this.#settings;
      if (this.#letThrough || (policy === "pass" && isLetThrough(problem, this.#failures, attempts))) return this.#letGo({ ...row, status: "passed" });
      if (policy === "stop") this.#say("needed");
    }
    if (!this.#letThrough) this.#save(row);
  }

  #decline(): void {
    if (this.#done) return;
    this.#element?.cancel();
    this.#letGo(rowOf({ ...NOTHING_YET, status: "declined", attempts: this.#attempts }, this.#id, this.#preview));
    this.#goOn(SETTLE_MS);
  }

  #letGo(row: Row): void {
    this.#letThrough = true;
    this.#save(row);
    this.#say("mayContinue");
    this.#release();
  }

  #goOn(afterMs: number): void {
    this.#goingOn = window.setTimeout(() => {
      // Another question of the page may still need it.
      if (!this.#over && !isHeld()) clickNext(this.#question);
    }, afterMs);
  }

  /** The gateway does not answer, or does not let this page read its files. */
  #notLoaded(error: unknown): void {
    this.#late = true;
    console.error(`liveness check in ${this.#id}: the element could not be loaded`, error);
    const pass = this.#settings.failed === "pass";
    const row = rowOf({ ...NOTHING_YET, status: pass ? "passed" : "failed", error: "engine_load_failed" }, this.#id, this.#preview);
    if (pass) this.#letGo(row);
    else this.#save(row);
    this.#say("notLoaded");
  }

  #refuse(error: unknown): void {
    this.#giveUp("invalid_options", `This question is not set up correctly: ${(error as Error).message}.`, error);
  }

  /** A mistake in the survey, for which nobody is kept from going on. */
  #giveUp(code: string, sentence: string, cause: unknown): void {
    console.error(`liveness check in ${this.#id}: ${code}`, cause);
    this.#save(rowOf({ ...NOTHING_YET, status: "passed", error: code }, this.#id, this.#preview));
    this.#sentence.textContent = sentence;
    if (sentence) this.#putInPlace();
    this.#release();
  }

  #say(what: keyof Sentences): void {
    this.#sentence.textContent = this.#settings.sentences?.[what] ?? SENTENCES[what];
  }

  #hold(): void {
    this.#held = true;
    hold(this.#question);
  }

  #release(): void {
    this.#held = false;
    release(this.#question);
  }

  /** A page that draws itself anew may have dropped the check or brought back its button; one that has gone tells nobody. */
  #watch(): void {
    if (!this.#place.isConnected && !this.#putInPlace()) return this.close();
    if (this.#held) hold(this.#question);
  }

  // ---- what outlasts the page ----

  #save(row: Row): void {
    for (const field of FIELDS) write(this.#settings.prefix + field, row[field]);
  }

  get #key(): string | null {
    const response = piped(this.#settings.response);
    return response ? `liveness-capture ${response} ${this.#id}` : null;
  }

  #keep(row: Row): void {
    try {
      if (this.#key) sessionStorage.setItem(this.#key, packed(row));
    } catch {
      // Storage is off, or full: after a reload the check is asked for again.
    }
  }

  #kept(): Row | null {
    const { prefix } = this.#settings;
    const inData = keptRow((field) => read(prefix + field), this.#id);
    if (inData || !this.#key) return inData;
    try {
      return keptRow(unpacked(sessionStorage.getItem(this.#key) ?? ""), this.#id);
    } catch {
      return null;
    }
  }
}
