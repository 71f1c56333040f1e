/** English. Everything said to a person is here, once for each code; the type check ensures that none is missing. */
import type { FailureCode, Guidance } from "../generated/codes.js";

/** What happened, then what the person can do about it, most promising first. */
export type FailureWords = readonly [title: string, ...advice: string[]];

const RETRY = "Try again.";
const THEN_RETRY = "Then try again.";
const CONNECTION = "Check your connection, then try again.";
const ANOTHER_FILE = "Choose another one.";
const FILE_INSTEAD = "No camera at hand? Use a video file instead.";
const RELOAD = "Reload this page.";
const OTHER_BROWSER = "Use a current version of Chrome, Edge, Firefox or Safari.";
const TELL_OWNER = "If this keeps happening, tell the owner of this site the code.";
const OWNER_ONLY = "Only the owner of this site can fix this. Tell them the code.";

const NOT_LOADED: FailureWords = ["The face finder could not be loaded", CONNECTION, RELOAD, TELL_OWNER];
const NOT_STARTED: FailureWords = [
  "The face finder could not be started",
  "Reload this page, and turn off extensions that block scripts.",
  OWNER_ONLY,
];
const NOT_SET_UP: FailureWords = ["The face finder is not set up correctly", OWNER_ONLY];
const BROWSER_TOO_OLD: FailureWords = ["This browser is too old", OTHER_BROWSER];
const BUSY: FailureWords = ["The service is busy", "Wait a minute, then try again."];
const MISCONFIGURED: FailureWords = ["The service is unavailable right now", OWNER_ONLY];
const OVER: FailureWords = [
  "This check is no longer valid",
  "Start again: every check has a time limit.",
  "Stay on this page while it runs.",
];
const SERVER_FAILED: FailureWords = ["The server could not finish the check", "Wait a moment, then try again.", TELL_OWNER];
const PICTURE_LOST: FailureWords = ["The pictures did not arrive intact", RETRY, TELL_OWNER];

/** By the code of the failure. */
export const FAILURES: Record<FailureCode, FailureWords> = {
  camera_denied: [
    "The camera is not allowed",
    "Open the site settings from the icon beside the address, and allow the camera.",
    "Check that your system's privacy settings allow the camera for this browser.",
    THEN_RETRY,
  ],
  camera_dismissed: ["The camera prompt was closed", "Try again, and choose “Allow” when your browser asks.", FILE_INSTEAD],
  camera_not_found: ["No camera was found", "Plug in a camera, open its cover or switch it on, then try again.", FILE_INSTEAD],
  camera_in_use: ["The camera is in use", "Close other programs and pages that use the camera, such as a video call.", THEN_RETRY],
  camera_overconstrained: ["This camera is not suitable", "Try another one with at least 640 × 480 pixels.", FILE_INSTEAD],
  camera_insecure_context: ["The camera needs a secure page", "Open this page at an address that starts with https://.", TELL_OWNER],
  camera_blocked_by_policy: [
    "This page may not use the camera",
    "If it is shown inside another page, open it in its own tab.",
    OWNER_ONLY,
  ],
  camera_unsupported: ["This browser cannot use cameras", OTHER_BROWSER, FILE_INSTEAD],
  camera_failed: ["The camera could not be started", "Unplug it and plug it in again, or restart your browser.", THEN_RETRY, FILE_INSTEAD],
  camera_timeout: ["The camera did not start in time", "Allow the camera when your browser asks, or unplug it and plug it in again.", THEN_RETRY],
  camera_ended: ["The camera was disconnected", "Connect it again, then try again."],
  simd_unsupported: BROWSER_TOO_OLD,
  engine_load_failed: NOT_LOADED,
  engine_file_missing: NOT_SET_UP,
  engine_wrong_mime_type: NOT_SET_UP,
  engine_blocked_by_policy: NOT_STARTED,
  engine_cross_origin: NOT_SET_UP,
  engine_invalid: NOT_STARTED,
  engine_load_timeout: NOT_LOADED,
  engine_crashed: ["The face finder stopped", RETRY, "If it happens again, close other pages.", TELL_OWNER],
  detector_load_failed: NOT_LOADED,
  detector_invalid: NOT_SET_UP,
  detector_unsupported: NOT_SET_UP,
  detector_mismatch: NOT_SET_UP,
  out_of_memory: ["There is not enough memory", "Close other pages and programs, then try again."],
  media_unsupported: ["This file cannot be played as a video", ANOTHER_FILE, OTHER_BROWSER],
  media_too_short: ["The video shows a single, well-placed face too briefly", ANOTHER_FILE],
  frame_unsupported: ["The pictures could not be read", "Try another camera or another browser.", TELL_OWNER],
  positioning_timeout: ["Your face was not in place long enough", "Look straight at the camera, in good light, and follow the hints.", THEN_RETRY],
  frames_stalled: ["The camera sends no pictures", "Open its cover or switch it on, and close other programs that use it.", THEN_RETRY, FILE_INSTEAD],
  frames_uneven: [
    "The camera is too slow",
    "Close other programs that use the camera or keep this device busy.",
    "Turn on more light: many cameras are slow in the dark.",
    THEN_RETRY,
  ],
  network_error: ["The connection was lost", CONNECTION],
  request_timeout: ["The server did not answer in time", CONNECTION],
  connection_too_slow: ["Your connection is too slow", "Find better reception, or use another network.", THEN_RETRY],
  proxy_refused: ["Something between this page and the service refused the request", "If you are on a company network, try another one.", OWNER_ONLY],
  proxy_too_large: ["Something between this page and the service refused a large request", "If you are on a company network, try another one.", OWNER_ONLY],
  proxy_unavailable: ["The service cannot be reached at the moment", "Wait a moment, then try again.", TELL_OWNER],
  unexpected_response: ["The server gave an unexpected answer", RETRY, TELL_OWNER],
  invalid_options: ["The check is not set up correctly", OWNER_ONLY],
  cancelled: ["The check was cancelled", "Start again whenever you like."],
  internal: ["Something went wrong", RETRY, TELL_OWNER],
  insufficient_frames: ["Not enough pictures were captured", RETRY],
  missing_field: MISCONFIGURED,
  validation_error: MISCONFIGURED,
  invalid_key: MISCONFIGURED,
  insufficient_credits: MISCONFIGURED,
  account_suspended: MISCONFIGURED,
  insufficient_scope: MISCONFIGURED,
  origin_not_allowed: ["This site may not use the service", OWNER_ONLY],
  rate_limit_exceeded: BUSY,
  internal_error: SERVER_FAILED,
  unknown_model: MISCONFIGURED,
  invalid_token: OVER,
  session_not_found: OVER,
  not_found: MISCONFIGURED,
  method_not_allowed: MISCONFIGURED,
  crop_conflict: PICTURE_LOST,
  session_closed: OVER,
  missing_crops: PICTURE_LOST,
  run_superseded: PICTURE_LOST,
  session_expired: OVER,
  payload_too_large: ["A picture is too large for the service", OWNER_ONLY],
  not_png: PICTURE_LOST,
  wrong_dimensions: PICTURE_LOST,
  index_out_of_range: PICTURE_LOST,
  upstream_unavailable: SERVER_FAILED,
  verdict_lost: ["The check was made, but its result was lost", "Start again."],
  too_many_sessions: BUSY,
  upstream_timeout: SERVER_FAILED,
};

/** What the person should do or know now. */
export const GUIDANCE: Record<Guidance, string> = {
  none: "",
  wait: "One moment, please.",
  "allow-camera": "Please allow access to your camera.",
  "no-face": "Move your face into view.",
  "multiple-faces": "Only one face should be in view.",
  "move-closer": "Move closer.",
  "move-back": "Move back a little.",
  "move-left": "Move to the left.",
  "move-right": "Move to the right.",
  "move-up": "Move up a little, or lower the camera.",
  "move-down": "Move down a little, or raise the camera.",
  "hold-still": "Hold still.",
  "look-at-camera": "Look straight at the camera, in good light.",
  "uneven-frames": "Your camera is slow. Add light, or close other programs.",
  "page-hidden": "Paused. Return to this page to continue.",
  uploading: "Done. Sending the pictures.",
  "uploading-slowly": "Still sending: your connection is slow. Keep this page open.",
  verifying: "Checking.",
};
