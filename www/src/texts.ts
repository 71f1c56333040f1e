// Every sentence the scripts put on the page.
import type { Guidance, Snapshot } from "./package.js";

type State = Snapshot["state"];

/** The instruction by state; the package's own guidance takes precedence. */
export const STATE_INSTRUCTION: Partial<Record<State, string>> = {
  "requesting-camera": "Allow the camera",
  loading: "Getting ready",
  positioning: "Look at the camera",
  capturing: "Hold still",
  uploading: "Sending the last pictures",
  verifying: "Waiting for the result",
};

/** The same for a video file, which cannot be told to move. */
export const FILE_INSTRUCTION: Partial<Record<State, string>> = {
  "requesting-camera": "Opening the video",
  loading: "Getting ready",
  positioning: "Looking for a face in the video",
  capturing: "Taking pictures from the video",
};

/** A second, quieter line under the instruction, by state. */
export const STATE_HINT: Partial<Record<State, string>> = {
  "requesting-camera": "Your browser is asking, usually at the top of its window.",
  loading: "Loading the face finder.",
  uploading: "The camera is off again.",
  verifying: "The camera is off again. This takes a moment.",
};

/** The same by guidance, where there is more to say than in the instruction. */
export const GUIDANCE_HINT: Partial<Record<Guidance, string>> = {
  "no-face": "Make sure your face is well lit and nothing covers the lens.",
  "multiple-faces": "Only one person may be in the picture. Faces in pictures on the wall count too.",
  "move-closer": "Your face should fill the oval.",
  "move-back": "Your whole face should fit in the oval.",
  "move-left": "Bring your face to the middle of the oval.",
  "move-right": "Bring your face to the middle of the oval.",
  "move-up": "Bring your face to the middle, or tilt the camera.",
  "move-down": "Bring your face to the middle, or tilt the camera.",
  "hold-still": "Keep your face in the oval until the ring is full.",
  "uneven-frames": "Some cameras are slow in the dark, or while other programs use them.",
  "uploading-slowly": "The camera is off again.",
  "page-hidden": "The check continues when you return to this page.",
};

/** For when the package itself, with its words, could not be fetched. */
export const PACKAGE_NOT_LOADED = {
  title: "The face finder could not be loaded",
  advice: ["Check your connection, then try again.", "Reload this page."],
} as const;

export interface VerdictWords {
  title: string;
  text: string;
}

export const VERDICTS: Record<"live" | "fake" | "inconclusive", VerdictWords> = {
  live: {
    title: "A live person was recognised",
    text: "The pictures show a living face in front of the camera.",
  },
  fake: {
    title: "No live person was recognised",
    text: "The pictures look more like a photo or a screen than a living face. If that is wrong, try again in even light, without reflections, and hold the camera still.",
  },
  inconclusive: {
    title: "No clear answer",
    text: "The pictures do not allow a decision either way. That is not a failure: try again with more light on your face.",
  },
};

export const CANCELLED_NOTICE = "Cancelled. The camera is off, and nothing was decided.";
export const STREAM_PRIVACY = "In this mode, whole pictures from your camera are sent";
export const LOCAL_MODEL_NOTE =
  "Decided by this server's own demonstration verifier. It is not certified and can be wrong.";
