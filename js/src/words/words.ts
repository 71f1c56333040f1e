/** What a language has to say. Every table names all its keys, so a language that lacks one fails the type check. */
import type { Verdict } from "../generated/api.js";
import type { FailureCode, Guidance, Help } from "../generated/codes.js";
import type { CaptureWarning } from "../generated/wire.js";

/** What happened, then what the person can do about it, most promising first. */
export type FailureWords = readonly [title: string, ...advice: string[]];

/** A heading and the sentences under it. */
export type TitleAndText = readonly [title: string, text: string];

/**
 * A sentence by the plural category of its `{total}`, as `Intl.PluralRules` names it; `other` serves those that are not
 * there. `{n}` and `{total}` stand for numbers.
 */
export type Plural = { readonly other: string } & { readonly [category in Intl.LDMLPluralRule]?: string };

/** Instructions with a second line, for those who can see the picture. */
export type Explained = Exclude<Guidance, "none" | "wait" | "allow-camera" | "look-at-camera" | "uploading" | "uploading-slowly" | "verifying">;

/** Instructions to go somewhere: how far, somebody who cannot see the picture is told. */
export type Move = "move-closer" | "move-back" | "move-left" | "move-right" | "move-up" | "move-down";

/** The code of something that a capture lacked. */
export type Warning = CaptureWarning["code"];

/** The states between the start and the end. */
export type RunningState = "requesting-camera" | "loading" | "positioning" | "capturing" | "uploading" | "verifying";

/** What `<liveness-check>` says besides. `{code}` stands for a failure's code. */
export interface ElementWords {
  /** The name of the whole, for screen readers. */
  label: string;
  /** Before the check: the heading, and what is going to happen. */
  intro: TitleAndText;
  /** What becomes of the pictures. */
  consent: string;
  /** The same where whole pictures are sent, not only the face. */
  consentWhole: string;
  /** When the camera is on; not said of a page's own stream, which goes on as the page likes. */
  cameraOnWhile: string;
  start: string;
  cancel: string;
  retry: string;
  /** The name of the list of steps, and the steps. */
  steps: string;
  stepCamera: string;
  stepPictures: string;
  stepResult: string;
  /** The names of the picture, while it shows the camera or a video file. */
  preview: string;
  previewFile: string;
  /** The label on the picture, likewise. */
  cameraOn: string;
  /** The button beside it that ends a check in the background. */
  stop: string;
  fileShown: string;
  /** The name of the progress bar. */
  progress: string;
  /** How many pictures have been taken, and sent. */
  taken: Plural;
  sent: Plural;
  /** Spoken when half of the pictures are taken. */
  halfway: string;
  /** The button that asks for more time, how much is left, and what is announced once when it runs out. */
  moreTime: string;
  timeLeft: Plural;
  timeRunsOut: string;
  /** The label of the choice of cameras. */
  camera: string;
  /** The instruction of a state that has no other, and its second line (may be empty). */
  states: Readonly<Record<RunningState, TitleAndText>>;
  /** The same for a video file, which cannot be told to move. */
  fileStates: Readonly<Record<RunningState, TitleAndText>>;
  verdicts: Readonly<Record<Verdict, TitleAndText>>;
  /** At the end, where the verdict is for the server alone. */
  complete: TitleAndText;
  cancelled: string;
  /** Said with the last two, and while pictures are sent; again not of a page's own stream. */
  cameraOff: string;
  code: string;
  /** Asks for the check before a form is sent. */
  required: string;
  /** The package's own script could not be fetched. */
  notLoaded: FailureWords;
}

/** Everything said to a person, in one language. */
export interface Words {
  /** By the code of the failure. */
  failures: Readonly<Record<FailureCode, FailureWords>>;
  /** Instructions as they are shown. */
  guidance: Readonly<Record<Guidance, string>>;
  /** Their second lines. */
  hints: Readonly<Record<Explained, string>>;
  /** Instructions as they are spoken, for somebody who cannot see the picture. Left and right are the person's own. */
  spoken: Readonly<Record<Guidance, string>>;
  /** What helps further, once nothing has improved for a while: in the place of the second line, and spoken after the instruction. */
  helps: Readonly<Record<Help, string>>;
  /** Instructions as they are spoken when there is far to go. */
  far: Readonly<Record<Move, string>>;
  /** What the capture lacked, and what to do about it next time: under a result that is not the one hoped for. */
  warnings: Readonly<Record<Warning, string>>;
  element: Readonly<ElementWords>;
}
