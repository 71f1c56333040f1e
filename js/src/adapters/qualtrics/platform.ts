/** What is used of the platform's JavaScript API, in the classic layouts and in the newer survey experience. */
import type { Question } from "./types.js";

interface SurveyEngine {
  /** Classic layouts. */
  setEmbeddedData?(name: string, value: string): void;
  getEmbeddedData?(name: string): unknown;
  /** All layouts; the survey flow has the field's name with `__js_` before it. */
  setJSEmbeddedData?(name: string, value: string): void;
  getJSEmbeddedData?(name: string): unknown;
}

const engine = (): SurveyEngine => (globalThis as { Qualtrics?: { SurveyEngine?: SurveyEngine } }).Qualtrics?.SurveyEngine ?? {};

/** What a layout no longer supports may be there and throw. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Writes an embedded data field, in each way the layout knows: which of both names the survey flow has is not to be seen. */
export function write(name: string, value: string): void {
  const { setJSEmbeddedData, setEmbeddedData } = engine();
  attempt(() => setJSEmbeddedData?.call(engine(), name, value));
  attempt(() => setEmbeddedData?.call(engine(), name, value));
}

/** An embedded data field's value, or nothing. */
export function read(name: string): string {
  const { getJSEmbeddedData, getEmbeddedData } = engine();
  const value = attempt(() => getJSEmbeddedData?.call(engine(), name)) || attempt(() => getEmbeddedData?.call(engine(), name));
  return value === undefined || value === null ? "" : String(value);
}

/** The question's own part of the page, or `null`. */
export function containerOf(question: Question): Element | null {
  const own = attempt(() => question.getQuestionContainer?.());
  if (own) return own;
  const { questionId } = question;
  return questionId ? (document.getElementById(questionId) ?? document.getElementById(`question-${questionId}`)) : null;
}

export function hideNext(question: Question): void {
  attempt(() => (question.hideNextButton ? question.hideNextButton() : question.disableNextButton?.()));
}

export function showNext(question: Question): void {
  attempt(() => (question.hideNextButton ? question.showNextButton?.() : question.enableNextButton?.()));
}

export function clickNext(question: Question): void {
  attempt(() => question.clickNextButton?.());
}

/** Whether a survey at this address is a preview. */
export const isPreview = (address: string): boolean => /[?&]Q_CHL=preview(&|$|#)/i.test(address) || /\/jfe\d*\/preview\//i.test(address);

/** A value that the platform was to put in by piped text, such as `${e://Field/ResponseID}`; nothing where it has not. */
export const piped = (value: string | undefined): string => (value && !value.includes("${") ? value.trim() : "");
