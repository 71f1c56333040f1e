/** What jsPsych knows of the plugin: its parameters, and what its data hold. */
import { ParameterType } from "jspsych";

/** The package's, put in by the build. */
declare const VERSION: string;

export const info = {
  name: "liveness",
  version: VERSION,
  parameters: {
    /** The gateway's address. Without it, the page's own origin. */
    gateway: { type: ParameterType.STRING, default: null },
    /** The model's id. Without it, the gateway's default. */
    model: { type: ParameterType.STRING, default: null },
    /** The language, such as "de". Without it, the page's or the browser's. */
    locale: { type: ParameterType.STRING, default: null },
    /** "server": neither person nor data learn the verdict; a back end reads it from the gateway. */
    result: { type: ParameterType.SELECT, options: ["shown", "server"], default: "shown" },
    /** Further attributes of `<liveness-check>`, such as { theme: "dark" }. */
    attributes: { type: ParameterType.OBJECT, default: {} },
    /** Words in the place of the element's own. */
    words: { type: ParameterType.OBJECT, default: null },
    /** HTML above the check. */
    prompt: { type: ParameterType.HTML_STRING, default: null },
    /** Starts without a press of the button. */
    auto_start: { type: ParameterType.BOOL, default: false },
    /** Uses the camera of the initialize-camera plugin, if it has been opened, and leaves it on. */
    use_initialized_camera: { type: ParameterType.BOOL, default: true },
    /** Without a camera, whether refused or not there: "continue" ends the trial, "abort" the experiment, "wait" waits for another attempt. */
    on_refused: { type: ParameterType.SELECT, options: ["continue", "abort", "wait"], default: "continue" },
    /** The same after any other failure. */
    on_failed: { type: ParameterType.SELECT, options: ["continue", "abort", "wait"], default: "continue" },
    /** Up to which failure there is only another attempt, where one may help. */
    attempts: { type: ParameterType.INT, default: 2 },
    /** What is shown when the experiment is aborted. */
    abort_message: { type: ParameterType.HTML_STRING, default: "<p>This study needs a check with the camera. You can close this page.</p>" },
    /** The label of the button that ends the trial. */
    button_label: { type: ParameterType.STRING, default: "Continue" },
    /** How long the result is shown before the trial ends by itself, in milliseconds. Without it, there is a button. */
    result_duration: { type: ParameterType.INT, default: null },
    /** How long the trial may take in all, in milliseconds. Without it, as long as the person likes. */
    trial_duration: { type: ParameterType.INT, default: null },
  },
  data: {
    /** "complete", "failed" or "timeout". A check that is cancelled ends no trial. */
    status: { type: ParameterType.STRING },
    /** "live", "fake" or "inconclusive"; null without a check, or with result "server". From the browser: it can be forged. */
    verdict: { type: ParameterType.STRING },
    /** 0 to 100. */
    score: { type: ParameterType.FLOAT },
    /** The session's id, with which the verdict is read from the gateway. */
    liveness_session: { type: ParameterType.STRING },
    /** Codes of what the pictures lacked. */
    warnings: { type: ParameterType.STRING, array: true },
    /** From the start of the last attempt to its end, in milliseconds. */
    duration: { type: ParameterType.INT },
    /** From the beginning of the trial to its end, in milliseconds. */
    rt: { type: ParameterType.INT },
    /** The failure's code. */
    error: { type: ParameterType.STRING },
    /** How often the check was started. */
    attempts: { type: ParameterType.INT },
  },
  citations: {
    apa: `liveness-capture (Version ${VERSION}) [Computer software].`,
    bibtex: `@software{liveness_capture, title = {liveness-capture}, version = {${VERSION}}}`,
  },
} as const;
