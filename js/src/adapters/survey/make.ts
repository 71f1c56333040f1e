/** Makes the element as a survey needs it: in a column, with attributes and words of the survey's own. */
import type { LivenessCheckElement } from "../../element/element.js";
import type { OwnWords } from "../../element/language.js";

/** Lower than the window, in which the question's own text has to have its place, too. */
const BLOCK_SIZE = "min(36rem, 85dvh)";

/** By the attributes' names or the properties'. What is `null`, or an empty text, is not set. */
export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Attributes that every element has. */
const OF_ANY = /^(id|class|style|title|dir|part|role|(aria|data)-[\w-]+)$/;

/** Throws a `TypeError` that names an attribute which the element does not have. */
export function makeElement(attributes: Attributes, words: OwnWords | null = null): LivenessCheckElement {
  const element = document.createElement("liveness-check");
  const { observedAttributes } = element.constructor as typeof LivenessCheckElement;
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    const attribute = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const isOwn = observedAttributes.includes(attribute);
    if (!isOwn && !OF_ANY.test(name)) throw new TypeError(`attributes.${name} is no attribute of liveness-check`);
    if (value === null || value === undefined || value === "") continue;
    const property = attribute.replace(/-./g, ([, letter = ""]) => letter.toUpperCase());
    // Each knows what `true` and `false` are for it.
    if (isOwn) (element as unknown as Record<string, unknown>)[property] = value;
    else element.setAttribute(name, `${value}`);
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
