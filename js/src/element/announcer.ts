import { IDLE } from "../core/idle.js";
import type { LivenessElementEvents } from "./events.js";
import type { ElementSnapshot } from "./shown.js";

/**
 * Fires what is different from what was told last. A listener may bring about something else: then that is told, and nothing
 * more of what was before it, not to the listeners that come later either.
 */
export class Announcer {
  readonly #element: EventTarget & { readonly snapshot: ElementSnapshot };
  #told: Partial<ElementSnapshot> = IDLE;
  /** Stops the events on their way that tell what is no longer so. */
  #stop: (now: ElementSnapshot) => void = () => undefined;

  constructor(element: EventTarget & { readonly snapshot: ElementSnapshot }) {
    this.#element = element;
  }

  /** To be called when this is the element's snapshot. */
  tell(now: ElementSnapshot): void {
    this.#stop(now);
    const { state, guidance, message, help, progress, framesTaken, framesRequired, framesUploaded } = now;
    /** Without `news`, always. */
    const fire = <K extends keyof LivenessElementEvents>(type: K, detail: LivenessElementEvents[K]["detail"], news?: Partial<ElementSnapshot>): void => {
      if (this.#element.snapshot !== now) return;
      if (news && holds(news, this.#told)) return;
      this.#told = { ...this.#told, ...news };
      const event = new CustomEvent(type, { detail, bubbles: true, composed: true });
      const stop = this.#stop;
      this.#stop = (next) => {
        stop(next);
        // A page's listener may have changed nothing of it, as by giving the person more time.
        if (!holds({ state, ...news }, next)) event.stopImmediatePropagation();
      };
      this.#element.dispatchEvent(event);
      this.#stop = stop;
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

const holds = (news: Partial<ElementSnapshot>, now: Partial<ElementSnapshot>): boolean =>
  (Object.keys(news) as (keyof ElementSnapshot)[]).every((name) => news[name] === now[name]);
