/** From a snapshot to what is shown and said. No DOM, no clock: the same snapshot always looks the same. */
import type { CheckState, Guidance } from "../core/index.js";
import type { FailureWords, Move, Plural, RunningState } from "../words/words.js";
import { type Language, sentence, sentences } from "./language.js";
import type { ElementSnapshot, LivenessProblem } from "./shown.js";

export type ViewName = "start" | "run" | "success" | "failure";
export type Arrow = "left" | "right" | "up" | "down" | "closer" | "back";
export type Light = "check" | "now";
export type Mark = "live" | "fake" | "inconclusive" | "complete" | "problem";

/** How the check is being shown. */
export interface Situation {
  language: Language;
  /** A video file in the place of the camera: it cannot be told to move. */
  fromFile: boolean;
  /** The camera goes off with the check: it is not a file, nor a page's own stream that stays the page's. */
  releases: boolean;
  /** The preview is a mirror. */
  mirrored: boolean;
  /** The verdict is for the server alone. */
  withheld: boolean;
  /** Whole pictures are sent, not only the face. */
  whole: boolean;
}

/** All that depends on the snapshot. */
export interface Presentation {
  view: ViewName;
  /** 0 camera, 1 pictures, 2 result. */
  step: number;
  /** The instruction, or how it ended. At the start the heading is always the same: `label` writes it. */
  title: string;
  /** The second line. */
  text: string;
  count: string;
  /** How full the ring is, 0 to 100. */
  ring: number;
  /** Something is awaited that nobody can hasten. */
  waiting: boolean;
  arrow: Arrow | null;
  mark: Mark | null;
  advice: readonly string[];
  /** Of the failure. */
  code: string;
  /** A line beside the buttons. */
  notice: string;
  /** Milliseconds until the check gives up, once that is soon. */
  left: number | null;
  /** For the live region. */
  spoken: string;
  /** The screen could help, as long as this is told or for the whole check. */
  light: Light | null;
  /** Another camera might help, or is the person's to choose. */
  cameras: boolean;
  /** Whether a further check is offered, and whether that is what the person most likely wants. */
  retry: "first" | "second" | "none";
}

const STEPS: Record<CheckState, number> = {
  idle: 0,
  "requesting-camera": 0,
  loading: 0,
  positioning: 1,
  capturing: 1,
  uploading: 2,
  verifying: 2,
  done: 2,
  failed: 0,
  cancelled: 0,
};
const WAITING: ReadonlySet<string> = new Set<CheckState>(["requesting-camera", "loading", "verifying"]);
/** Left and right are the person's own, and a mirror shows them on their own side. */
const ARROWS: Readonly<Record<string, Arrow>> = {
  "move-left": "left",
  "move-right": "right",
  "move-up": "up",
  "move-down": "down",
  "move-closer": "closer",
  "move-back": "back",
} satisfies Record<Move, Arrow>;
const OTHER_SIDE: Partial<Record<Arrow, Arrow>> = { left: "right", right: "left" };
/** What comes of too little light, and for how long the screen is lit. A camera that seems covered may merely be in the dark. */
const LIGHTS: Readonly<Record<string, Light>> = { "more-light": "check", "face-the-light": "check", "uncover-lens": "now" } satisfies Partial<Record<Guidance, Light>>;
/** What a person has to do for a file, too. */
const FOR_A_FILE: ReadonlySet<string> = new Set<Guidance>(["tap-to-start", "page-hidden"]);

/** Failures that another camera may not have. */
const OF_THE_CAMERA = /^(camera|frames?)_|^positioning_/;
/** How many warnings are shown at most. */
const MOST_WARNINGS = 3;

/** A table's entry for a word that it may not know. */
const entry = <T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  table && Object.hasOwn(table, key) ? table[key] : undefined;

function counted({ tag }: Language, forms: Plural, n: number, total: number): string {
  const format = new Intl.NumberFormat(tag);
  const form = forms[new Intl.PluralRules(tag).select(total)] ?? forms.other;
  return form.replace("{n}", format.format(n)).replace("{total}", format.format(total));
}

/** How much time is left, as it is shown. */
export const timeLeft = (language: Language, seconds: number): string => counted(language, language.element.timeLeft, seconds, seconds);

/** That the camera is off, where the check turns it off. */
const cameraOff = ({ language, releases }: Situation): string => (releases ? language.element.cameraOff : "");

/** What is the same wherever nothing else is said. */
const PLAIN = {
  step: 0,
  title: "",
  text: "",
  count: "",
  ring: 0,
  waiting: false,
  arrow: null,
  mark: null,
  advice: [],
  code: "",
  notice: "",
  left: null,
  spoken: "",
  light: null,
  cameras: false,
  retry: "none",
} as const satisfies Partial<Presentation>;

/** The instruction, in the words of a language. */
const instructionOf = ({ guidance, message }: ElementSnapshot, language: Language): string => entry(language.guidance, guidance) ?? message;

/** What a failure is called. One that keeps the core from being loaded has no words of its own. */
function failureOf(error: LivenessProblem | null, { failures, element }: Language): FailureWords {
  return entry(failures, error?.code ?? "") ?? (error?.title ? [error.title, ...error.advice] : element.notLoaded);
}

/** The snapshot in the words of a language, for the page; `error` is its own one, which the page gets. */
export function told(snapshot: ElementSnapshot, language: Language, error = snapshot.error): ElementSnapshot {
  const [title, ...advice] = failureOf(snapshot.error, language);
  return { ...snapshot, message: instructionOf(snapshot, language), error: error && Object.assign(error, { title, advice }) };
}

export function present(snapshot: ElementSnapshot, situation: Situation): Presentation {
  const { element } = situation.language;
  switch (snapshot.state) {
    case "idle":
    case "cancelled":
      return { ...PLAIN, view: "start", cameras: true, notice: snapshot.state === "idle" ? "" : sentences(situation.language, element.cancelled, cameraOff(situation)) };
    case "done":
      return result(snapshot, situation);
    case "failed":
      return problem(snapshot, situation);
    default:
      return running(snapshot, snapshot.state, situation);
  }
}

function running(shown: ElementSnapshot, state: RunningState, situation: Situation): Presentation {
  const { language, fromFile, mirrored } = situation;
  const { element, hints, spoken, helps, far } = language;
  const { guidance, framesTaken, framesRequired, framesUploaded } = shown;
  const guided = instructionOf(shown, language);
  // Nothing is asked of the person: the core loads, the session is being opened, or the camera has no picture yet.
  const early = !fromFile && state === "requesting-camera" && guidance === "wait";
  const [title, about] = early ? [spoken.wait, ""] : (fromFile ? element.fileStates : element.states)[state];
  const text = STEPS[state] === 2 ? sentences(language, about, cameraOff(situation)) : about;
  const counting = framesRequired > 0;
  // In a further step of an escalation the person may have moved away.
  const steady = guidance === "hold-still" || guidance === "none";
  const half = state === "capturing" && steady && counting && framesTaken * 2 >= framesRequired;
  const arrow = (state === "positioning" || state === "capturing") && !fromFile ? entry(ARROWS, guidance) ?? null : null;
  const awaited = fromFile && FOR_A_FILE.has(guidance);
  const instruction = guided && (!fromFile || awaited) ? guided : title;
  const help = (shown.help && entry(helps, shown.help)) ?? "";
  const heard = fromFile ? instruction : half ? element.halfway : (shown.far && entry(far, guidance)) || entry(spoken, guidance) || instruction;
  return {
    ...PLAIN,
    view: "run",
    step: STEPS[state],
    title: instruction,
    // With a file, what would be an instruction merely explains why it is waiting.
    text: fromFile ? (state === "positioning" && !awaited ? guided : text) : help || (STEPS[state] < 2 && entry(hints, guidance)) || text,
    count: !counting ? "" : state === "capturing" ? counted(language, element.taken, framesTaken, framesRequired)
      : state === "uploading" ? counted(language, element.sent, framesUploaded, framesRequired) : "",
    // Full when every picture is taken: until then the person must hold still, whatever the network does.
    ring: STEPS[state] === 2 ? 100 : state === "capturing" ? Math.round(Math.min(1, framesTaken / Math.max(1, framesRequired)) * 1000) / 10 : 0,
    waiting: WAITING.has(state),
    arrow: arrow && !mirrored ? OTHER_SIDE[arrow] ?? arrow : arrow,
    left: shown.timeLeftMs,
    spoken: sentences(language, heard, help),
    light: fromFile ? null : entry(LIGHTS, guidance) ?? null,
    cameras: shown.help === "another-camera",
  };
}

function result({ verdict, warnings }: ElementSnapshot, situation: Situation): Presentation {
  const { language, withheld } = situation;
  const { element } = language;
  // Without a verdict, for whatever reason, nothing is said about one.
  const word = withheld ? null : verdict?.verdict ?? null;
  const [title, said] = word ? element.verdicts[word] : element.complete;
  const text = word ? said : sentences(language, cameraOff(situation), said);
  const retry = !word ? "none" : word === "live" ? "second" : "first";
  // What to do better is for those who are to try again.
  const lacked = retry === "first" ? warnings.map(({ code }) => entry(language.warnings, code) ?? "").filter(Boolean) : [];
  const advice = lacked.slice(0, MOST_WARNINGS);
  return { ...PLAIN, view: "success", step: 2, title, text, advice, ring: 100, mark: word ?? "complete", spoken: sentences(language, sentence(language, title), text, ...advice), retry };
}

function problem({ error }: ElementSnapshot, { language }: Situation): Presentation {
  const [title, ...advice] = failureOf(error, language);
  return { ...PLAIN, view: "failure", title, advice, code: error?.code ?? "", mark: "problem", cameras: OF_THE_CAMERA.test(error?.code ?? ""), spoken: sentences(language, sentence(language, title), ...advice), retry: "first" };
}
