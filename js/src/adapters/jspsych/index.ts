/**
 * The entry `liveness-capture/jspsych`: a plugin for jsPsych 8, a liveness check as a trial. The classic script
 * `jspsych.classic.js` has it as `jsPsychLiveness`.
 */
import type { JsPsych, JsPsychPlugin, TrialType } from "jspsych";
import type { OwnWords } from "../../element/language.js";
import type { Attributes } from "../survey/make.js";
import type { LivenessData } from "./data.js";
import { info } from "./info.js";
import { type AfterTrouble, Run, type RunOptions, type Stage } from "./run.js";

export type { LivenessData } from "./data.js";

type Info = typeof info;

const RESULTS: readonly string[] = info.parameters.result.options;
const AFTER: readonly string[] = info.parameters.on_refused.options;

/** What the `type` of a trial names; docs/jspsych.md has its parameters and data. */
export default class LivenessPlugin implements JsPsychPlugin<Info> {
  static readonly info: Info = info;
  readonly #jsPsych: JsPsych;

  constructor(jsPsych: JsPsych) {
    this.#jsPsych = jsPsych;
  }

  /** Shows the check; the trial ends once. Throws a `TypeError` that names a parameter which cannot be. */
  trial(display: HTMLElement, trial: TrialType<Info>, onLoad?: () => void): Promise<void> {
    return this.#show(display, trial, optionsOf(trial, this.#openCamera(trial)), onLoad).then(() => this.#ends);
  }

  /** In mode "data-only" only the data; in "visual" the check is shown, and never started. */
  simulate(trial: TrialType<Info>, mode: "data-only" | "visual", options: { data?: object }, onLoad?: () => void): void {
    const data = this.#simulated(trial, options);
    if (mode === "data-only") {
      onLoad?.();
      this.#jsPsych.finishTrial(data);
      return;
    }
    const shown = { ...optionsOf(trial, null), autoStart: false };
    void this.#show(this.#jsPsych.getDisplayElement(), { ...trial, trial_duration: null as never }, shown, onLoad);
    this.#jsPsych.pluginAPI.setTimeout(() => this.#jsPsych.finishTrial(data), data.rt);
  }

  /** jsPsych ends a trial whose method has resolved, so it never does: `finishTrial` ends it. */
  readonly #ends = new Promise<never>(() => undefined);

  async #show(display: HTMLElement, trial: TrialType<Info>, options: RunOptions, onLoad?: () => void): Promise<void> {
    const { finishTrial, abortExperiment, pluginAPI } = this.#jsPsych;
    const stage: Stage = {
      finish: (data) => finishTrial.call(this.#jsPsych, data),
      abort: (data) => abortExperiment.call(this.#jsPsych, trial.abort_message ?? "", data),
      setTimeout: (work, ms) => pluginAPI.setTimeout(work, ms),
    };
    const run = new Run(display, options, stage);
    if (trial.trial_duration) stage.setTimeout(() => run.timeUp(), trial.trial_duration);
    if (await run.show()) onLoad?.();
  }

  /** The stream of the initialize-camera plugin, if it still has a picture. */
  #openCamera(trial: TrialType<Info>): MediaStream | null {
    const stream = this.#jsPsych.pluginAPI.getCameraStream() as MediaStream | null;
    const live = stream?.getVideoTracks().some(({ readyState }) => readyState === "live");
    return trial.use_initialized_camera && stream && live ? stream : null;
  }

  #simulated(trial: TrialType<Info>, options: { data?: object }): LivenessData {
    const { pluginAPI, randomization } = this.#jsPsych;
    const duration = Math.round(randomization.sampleExGaussian(4_000, 500, 1 / 500, true));
    const withheld = resultOf(trial) === "server";
    const usual: LivenessData = {
      status: "complete",
      verdict: withheld ? null : "live",
      score: withheld ? null : randomization.randomInt(60, 99),
      liveness_session: `simulated-${randomization.randomID(12)}`,
      warnings: [],
      duration,
      rt: duration + randomization.randomInt(500, 2_000),
      error: null,
      attempts: 1,
    };
    const data = pluginAPI.mergeSimulationData(usual, options) as LivenessData;
    const limit = trial.trial_duration ?? null;
    if (limit !== null && data.rt > limit) return { ...data, ...TOO_LATE, rt: limit };
    pluginAPI.ensureSimulationDataConsistency(trial, data);
    return data;
  }
}

/** Whether the verdict is shown, by the parameter or the attribute of that name. */
const resultOf = ({ attributes, result }: TrialType<Info>): string => String((attributes as Attributes | null)?.["result"] ?? result);

/** What the time limit leaves of a simulated check. */
const TOO_LATE = { status: "timeout", verdict: null, score: null, warnings: [], duration: null, error: null } as const satisfies Partial<LivenessData>;

/** A trial's parameters as its run needs them. */
function optionsOf(trial: TrialType<Info>, stream: MediaStream | null): RunOptions {
  // What is misspelt would be taken for something of the page's own, and show a verdict that was to be withheld.
  if (trial.gateway && !/^(https?:\/)?\//i.test(trial.gateway)) throw new TypeError(`liveness: gateway must be an address such as https://liveness.example, not ${trial.gateway}`);
  const result = resultOf(trial);
  if (!RESULTS.includes(result)) throw new TypeError(`liveness: result must be one of ${RESULTS.join(", ")}, not ${result}`);
  for (const name of ["on_refused", "on_failed"] as const) {
    if (!AFTER.includes(trial[name])) throw new TypeError(`liveness: ${name} must be one of ${AFTER.join(", ")}, not ${String(trial[name])}`);
  }
  if (!Number.isInteger(trial.attempts) || (trial.attempts ?? 0) < 1) throw new TypeError(`liveness: attempts must be a whole number from 1 on, not ${String(trial.attempts)}`);
  const { gateway, model, locale, attributes } = trial;
  return {
    attributes: { endpoint: gateway, model, locale, ...(attributes as Attributes), result },
    words: trial.words as OwnWords | null,
    prompt: trial.prompt ?? null,
    stream,
    autoStart: trial.auto_start === true,
    onRefused: trial.on_refused as AfterTrouble,
    onFailed: trial.on_failed as AfterTrouble,
    attempts: trial.attempts ?? 1,
    buttonLabel: trial.button_label ?? "",
    resultDuration: trial.result_duration ?? null,
  };
}
