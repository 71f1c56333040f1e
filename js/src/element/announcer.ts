import { IDLE } from "../core/idle.js";
import type { LivenessElementEvents } from "./events.js";
import type { ElementSnapshot } from "./shown.js";

/**
 * Fires what is different from what was told last. A listener may bring about something else: then that is told, and nothing
 * more of what was before it.
 */
export class Announcer {
  readonly #element: EventTarget & { readonly snapshot: ElementSnapshot };
  #told: Partial<ElementSnapshot> = IDLE;

  constructor(element: EventTarget & { readonly snapshot: ElementSnapshot }) {
    this.#element = element;
  }

  /** To be called when this is the element's snapshot. */
  tell(now: ElementSnapshot): void {
    const { state, guidance, message, help, progress, framesTaken, framesRequired, framesUploaded } = now;
    /** Without `news`, always. */
    const fire = <K extends keyof LivenessElementEvents>(type: K, detail: LivenessElementEvents[K]["detail"], news?: Partial<ElementSnapshot>): void => {
      if (this.#element.snapshot !== now) return;
      const told = { ...this.#told, ...news };
      if (news && (Object.keys(news) as (keyof typeof told)[]).every((name) => told[name] === this.#told[name])) return;
      this.#told = told;
      this.#element.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
    };
    const counts = { progress, framesTaken, framesRequired, framesUploaded };
    fire("liveness-state", { state, snapshot: now }, { state });
    fire("liveness-guidance", { guidance, message, help }, { guidance, help });
    fire("liveness-progress", counts, counts);
    if (state === "done") fire("liveness-result", { sessionId: now.sessionId, verdict: now.verdict });
    if (state === "failed" && now.error) fire("liveness-error", now.error);
    if (state === "cancelled") fire("liveness-cancel", null);
  }
}
