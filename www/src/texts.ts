// Every sentence the scripts put on the page.
import type { Snapshot } from "./package.js";

type State = Snapshot["state"];

/** What is being asked for while a check runs; the package's own guidance wins where it has one. */
export const STATE_INSTRUCTION: Partial<Record<State, string>> = {
  "requesting-camera": "Allow the camera",
  loading: "Getting ready",
  positioning: "Look at the camera",
  capturing: "Hold still",
  uploading: "Sending the last pictures",
  verifying: "Looking at the result",
};

/** The same for a video file, which nobody can tell to move. */
export const FILE_INSTRUCTION: Partial<Record<State, string>> = {
  "requesting-camera": "Opening the video",
  loading: "Getting ready",
  positioning: "Looking for a face in the video",
  capturing: "Taking pictures from the video",
};

/** A second, quieter line under the instruction, by state. */
export const STATE_HINT: Partial<Record<State, string>> = {
  "requesting-camera": "Your browser shows a question, usually at the top of its window.",
  loading: "The face finder is being loaded.",
  uploading: "The camera is off again.",
  verifying: "The camera is off again. This takes a moment.",
};

/** The same by guidance, where there is more to say than the instruction does. */
export const GUIDANCE_HINT: Record<string, string> = {
  "no-face": "Make sure that light falls on your face and nothing covers the lens.",
  "multiple-faces": "Only one person may be in the picture. Pictures on the wall count too.",
  "move-closer": "Your face should fill the oval.",
  "move-back": "All of your face should fit into the oval.",
  "move-left": "Bring your face to the middle of the oval.",
  "move-right": "Bring your face to the middle of the oval.",
  "move-up": "Bring your face to the middle, or tilt the camera.",
  "move-down": "Bring your face to the middle, or tilt the camera.",
  "hold-still": "Keep your face in the oval until the ring is full.",
  "page-hidden": "The check goes on when this page is in front again.",
};

export interface Problem {
  title: string;
  /** What can be done, most promising first. */
  advice: readonly string[];
}

const RETRY = "Try again.";
const OTHER_BROWSER = "Use a current version of Chrome, Edge, Firefox or Safari.";
const FILE_INSTEAD = "No camera at hand? Use a video file instead.";
const TELL_OWNER = "If it stays like this, tell the owner of this site, with the code below.";

const SERVICE_BUSY: Problem = {
  title: "The service is busy",
  advice: ["Wait a minute, then try again."],
};
const SERVICE_MISCONFIGURED: Problem = {
  title: "The service cannot check at the moment",
  advice: ["There is nothing you can do about it from here.", "Tell the owner of this site, with the code below."],
};
const SESSION_OVER: Problem = {
  title: "This check is no longer valid",
  advice: ["Start again: every check has a time limit.", "Keep this page in front while it runs."],
};
const SERVER_FAILED: Problem = {
  title: "The server could not finish the check",
  advice: ["Wait a moment, then try again.", TELL_OWNER],
};
const ENGINE_UNAVAILABLE: Problem = {
  title: "The face finder could not be loaded",
  advice: ["Check your connection, then try again.", "Reload this page.", TELL_OWNER],
};
const ENGINE_MISSERVED: Problem = {
  title: "The face finder could not be started",
  advice: [
    "Reload this page, and switch off extensions that block scripts.",
    "Tell the owner of this site, with the code below.",
  ],
};

/** What to do, by error code. A code that is not here is shown with the error's own message. */
export const PROBLEMS: Record<string, Problem> = {
  camera_denied: {
    title: "The camera is not allowed",
    advice: [
      "Open the site settings with the symbol left of the address, and allow the camera.",
      "Check that your system's privacy settings allow the camera for this browser.",
      "Then try again.",
    ],
  },
  camera_dismissed: {
    title: "The camera question was closed",
    advice: ["Try again, and choose “Allow” when your browser asks.", FILE_INSTEAD],
  },
  camera_not_found: {
    title: "No camera was found",
    advice: ["Plug a camera in, or open its cover or switch, then try again.", FILE_INSTEAD],
  },
  camera_in_use: {
    title: "The camera is in use",
    advice: ["Close other programs and pages that use the camera, such as a video call.", "Then try again."],
  },
  camera_overconstrained: {
    title: "This camera does not fit",
    advice: ["Try another camera, of at least 640 × 480 pixels.", FILE_INSTEAD],
  },
  camera_insecure_context: {
    title: "The camera needs a secure page",
    advice: ["Open this page by an address that starts with https://.", TELL_OWNER],
  },
  camera_blocked_by_policy: {
    title: "This page may not use the camera",
    advice: [
      "If the page is shown inside another one, open it in a tab of its own.",
      "Tell the owner of this site, with the code below.",
    ],
  },
  camera_unsupported: {
    title: "This browser offers no camera",
    advice: [OTHER_BROWSER, "Inside an app, open the page in the real browser."],
  },
  camera_failed: {
    title: "The camera could not be started",
    advice: ["Unplug it and plug it in again, or restart the browser.", "Then try again."],
  },
  camera_timeout: {
    title: "The camera did not answer",
    advice: ["Try again, and choose “Allow” when your browser asks.", FILE_INSTEAD],
  },
  camera_ended: {
    title: "The camera was switched off",
    advice: ["Plug it in again, or end the call that took it over.", "Then try again."],
  },
  simd_unsupported: { title: "This browser is too old", advice: [OTHER_BROWSER] },
  engine_load_failed: ENGINE_UNAVAILABLE,
  engine_load_timeout: ENGINE_UNAVAILABLE,
  engine_wrong_mime_type: ENGINE_MISSERVED,
  engine_blocked_by_csp: ENGINE_MISSERVED,
  engine_invalid: ENGINE_MISSERVED,
  detector_load_failed: ENGINE_UNAVAILABLE,
  detector_invalid: ENGINE_MISSERVED,
  detector_unsupported: ENGINE_MISSERVED,
  detector_mismatch: ENGINE_MISSERVED,
  engine_crashed: { title: "The face finder has stopped", advice: [RETRY, "Reload this page if it happens again."] },
  out_of_memory: {
    title: "There is not enough memory",
    advice: ["Close other pages and programs, then try again."],
  },
  media_unsupported: {
    title: "This video cannot be played here",
    advice: ["Choose another file: MP4 with H.264 or WebM works in most browsers."],
  },
  media_too_short: {
    title: "The video ended too early",
    advice: ["Choose a video that shows one face, without a break, for at least five seconds."],
  },
  positioning_timeout: {
    title: "We could not get a steady view of your face",
    advice: [
      "Sit facing the light, not with a window behind you.",
      "Hold the camera at eye level, an arm's length away, and keep still until the ring is full.",
      "Make sure that nobody else is in the picture.",
    ],
  },
  frames_stalled: {
    title: "The camera sends no pictures",
    advice: ["Open its cover, or unplug it and plug it in again.", "Close other programs that use the camera, then try again."],
  },
  network_error: {
    title: "The connection was lost",
    advice: ["Check your connection, then try again. Nothing was decided."],
  },
  request_timeout: {
    title: "The connection is too slow",
    advice: ["Move to a better connection, then try again."],
  },
  unexpected_response: SERVER_FAILED,
  invalid_options: SERVICE_MISCONFIGURED,
  internal: { title: "Something went wrong on this page", advice: ["Reload this page and try again.", TELL_OWNER] },

  rate_limit_exceeded: SERVICE_BUSY,
  too_many_sessions: SERVICE_BUSY,
  invalid_key: SERVICE_MISCONFIGURED,
  insufficient_credits: SERVICE_MISCONFIGURED,
  account_suspended: SERVICE_MISCONFIGURED,
  insufficient_scope: SERVICE_MISCONFIGURED,
  origin_not_allowed: SERVICE_MISCONFIGURED,
  missing_field: SERVICE_MISCONFIGURED,
  validation_error: SERVICE_MISCONFIGURED,
  unknown_model: SERVICE_MISCONFIGURED,
  not_found: SERVICE_MISCONFIGURED,
  method_not_allowed: SERVICE_MISCONFIGURED,
  invalid_token: SESSION_OVER,
  session_not_found: SESSION_OVER,
  session_closed: SESSION_OVER,
  session_expired: SESSION_OVER,
  internal_error: SERVER_FAILED,
  upstream_unavailable: SERVER_FAILED,
  upstream_timeout: SERVER_FAILED,
};

export const UNKNOWN_PROBLEM: Problem = { title: "The check could not be finished", advice: [RETRY, TELL_OWNER] };

export interface VerdictWords {
  title: string;
  text: string;
}

export const VERDICTS: Record<"live" | "fake" | "inconclusive", VerdictWords> = {
  live: {
    title: "A live person was there",
    text: "The pictures show a living face in front of the camera.",
  },
  fake: {
    title: "No live person was recognised",
    text: "The pictures look more like a photo or a screen than a living face. If that is wrong, try again in even light, without reflections, and hold the camera still.",
  },
  inconclusive: {
    title: "No clear answer",
    text: "The pictures do not allow a decision, one way or the other. That is not a failure: try again with more light on your face.",
  },
};

export const CANCELLED_NOTICE = "Cancelled. The camera is off and nothing was decided.";
export const STREAM_PRIVACY = "In this mode, whole pictures from your camera are sent";
export const LOCAL_MODEL_NOTE =
  "Decided by this server's own demonstration verifier. It is not certified and can be wrong.";
