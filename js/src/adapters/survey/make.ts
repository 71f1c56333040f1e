/** Makes the element as a survey needs it: in a column, with attributes and words of the survey's own. */
import type { LivenessCheckElement } from "../../element/element.js";
import type { OwnWords } from "../../element/language.js";

/** Lower than the window, in which the question's own text has to have its place, too. */
const BLOCK_SIZE = "min(36rem, 85dvh)";

/** What is not set, `null` or `false` is no attribute. */
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

export function makeElement(attributes: Attributes, words: OwnWords | null = null): LivenessCheckElement {
  const element = document.createElement("liveness-check");
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value === null || value === undefined || value === false || value === "") continue;
    element.setAttribute(name, value === true ? "" : `${value}`);
  }
  if (words) element.words = words;
  element.style.setProperty("--liveness-block-size", BLOCK_SIZE);
  return element;
}

/** A button beside the element's own. The `main` one has the colours of the element's Start. */
export function addButton(element: LivenessCheckElement, label: string, pressed: () => void, main = false): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.slot = "actions";
  button.textContent = label;
  if (main) {
    for (const property of ["background", "border-color"]) button.style.setProperty(property, "var(--_accent)");
    button.style.setProperty("color", "var(--_accent-ink)");
  }
  button.addEventListener("click", pressed);
  element.append(button);
  return button;
}
