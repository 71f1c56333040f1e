/** The entry `liveness-capture/element`: defines `<liveness-check>`, once, however often it is loaded. */
import { LivenessCheckElement } from "./element.js";
import type { LivenessElementEvents } from "./events.js";

/** What each option takes, for a page that offers a choice. */
export { CHECK_OPTIONS } from "../generated/options.js";
export { LivenessCheckElement } from "./element.js";
export type { LivenessElementEvents } from "./events.js";
export type { OpenSession } from "../core/given_session.js";
export { LANGUAGES, type OwnWords } from "./language.js";
export type { Camera, GivenSession } from "../core/index.js";
export type { ElementSnapshot, LivenessProblem } from "./shown.js";
export type { Words } from "../words/words.js";

const NAME = "liveness-check";
// There is none on a server.
const registry = globalThis.customElements as CustomElementRegistry | undefined;
if (registry && !registry.get(NAME)) registry.define(NAME, LivenessCheckElement);

declare global {
  interface HTMLElementTagNameMap {
    "liveness-check": LivenessCheckElement;
  }
  interface HTMLElementEventMap extends LivenessElementEvents {}
}
