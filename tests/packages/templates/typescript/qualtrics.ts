import { leave, question, type Question, type Settings } from "liveness-capture/qualtrics";

/** As a survey's own script may put it together: what is not known is `undefined`, or `null` where that means "none". */
const unset: Settings = {
  gateway: undefined,
  refused: undefined,
  failed: undefined,
  attempts: undefined,
  advance: undefined,
  again: undefined,
  response: undefined,
  prefix: undefined,
  preview: undefined,
  into: undefined,
  decline: null,
  attributes: null,
  words: null,
  sentences: null,
};

export function ready(this: Question): void {
  question(this, { ...unset, gateway: "https://gateway.example", attributes: { model: "mixed-10-v2", theme: null } });
}
export const unload = (): void => leave();

// @ts-expect-error: a policy that does not exist.
export const unknownPolicy: Settings = { refused: "allow" };
