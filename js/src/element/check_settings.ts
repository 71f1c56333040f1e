/** What a page has set for the element's checks, by attributes and by properties, and what the check that is shown keeps of it. */
import type { OpenSession, PageOptions } from "../core/given_session.js";
import type { GivenSession, LivenessOptions } from "../core/index.js";
import { recall } from "../core/memory.js";
import { type AttributeName, optionsFrom } from "./attributes.js";
import type { AttemptOptions } from "./attempt.js";
import type { Language } from "./language.js";
import type { Situation } from "./present.js";
import { set } from "./set.js";
import { type Terms, situationOf, termsOf } from "./situation.js";

export class CheckSettings {
  readonly #element: HTMLElement;
  #sourceObject: Blob | MediaStream | null = null;
  #openSession: OpenSession | null = null;
  options: Partial<LivenessOptions> = {};
  /** Those of the check that is shown, until the next one, or until it is forgotten. */
  terms: Terms | null = null;
  #kept: AttemptOptions | null = null;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  get session(): GivenSession | OpenSession | null {
    if (this.#openSession) return this.#openSession;
    const [id, token] = [this.#element.getAttribute("session-id"), this.#element.getAttribute("session-token")];
    return id !== null && token !== null ? { id, token } : null;
  }
  set session(session: GivenSession | OpenSession | null) {
    const opens = typeof session === "function";
    this.#openSession = opens ? session : null;
    set(this.#element, "session-id", session && !opens ? `${session.id ?? ""}` : null);
    set(this.#element, "session-token", session && !opens ? `${session.token ?? ""}` : null);
  }

  get source(): string | Blob | MediaStream | null {
    return this.#sourceObject ?? this.#element.getAttribute("source");
  }
  set source(source: string | Blob | MediaStream | null) {
    this.#sourceObject = typeof source === "string" ? null : source;
    set(this.#element, "source", typeof source === "string" ? source : null);
  }

  /** An attribute has been set, and what is set last counts. */
  attribute(name: string): void {
    if (name.startsWith("session-")) this.#openSession = null;
  }

  /** The cameras that are wanted, the first one most; `used` is the one of the last check. */
  cameras(used: string | null): readonly unknown[] {
    const { deviceId, rememberCamera } = this.options;
    return [this.#element.getAttribute("device-id") ?? deviceId, used, rememberCamera && recall()];
  }

  /** What a check that starts now would keep. */
  get next(): Terms {
    return termsOf(this.#element, this.source ?? this.options.source ?? "camera", this.options);
  }

  /** How it is shown: the check that there is, or the next one. */
  situation(language: Language, terms: Terms = this.terms ?? this.next): Situation {
    return situationOf(this.#element, terms, this.options, language);
  }

  /** The options of a check that starts now, and keeps them. */
  ofStart(video: HTMLVideoElement): AttemptOptions {
    const own: PageOptions = optionsFrom((attribute: AttributeName) => this.#element.getAttribute(attribute));
    if (this.#sourceObject) own.source = this.#sourceObject as NonNullable<LivenessOptions["source"]>;
    own.session = this.#openSession ?? own.session ?? this.options.session;
    this.terms = this.next;
    // What is shown is the attribute's to say, so the mode is as well.
    return (this.#kept = { ...this.options, mode: undefined, ...own, video });
  }

  /** Those of the same check with another camera, in its session where that has been opened. */
  ofCamera(video: HTMLVideoElement, deviceId: string, opened?: GivenSession): AttemptOptions {
    const kept = (this.terms && this.#kept) ?? this.ofStart(video);
    return { ...kept, deviceId, session: opened ?? kept.session };
  }
}
