/** English. Everything said to a person is here, once for each code; the type check ensures that none is missing. */
import type { FailureCode, Guidance, Help } from "../generated/codes.js";
import type { ElementWords, Explained, FailureWords, Move, Warning, Words } from "./words.js";

const RETRY = "Try again.";
const THEN_RETRY = "Then try again.";
const ALLOW = "Open the site settings from the icon beside the address, and allow the camera.";
const CONNECTION = "Check your connection, then try again.";
const ANOTHER_FILE = "Choose another one.";
const OTHER_DEVICE = "Or use another device, such as a phone.";
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
    ALLOW,
    "Check that your system's privacy settings allow the camera for this browser.",
    THEN_RETRY,
  ],
  camera_blocked_by_system: [
    "The camera is turned off for this browser",
    "Open your system's privacy settings, and allow the camera for this browser.",
    "Restart the browser afterwards.",
    THEN_RETRY,
  ],
  camera_dismissed: ["The camera prompt was closed", "Try again, and choose “Allow” when your browser asks."],
  camera_not_found: ["No camera was found", "Plug in a camera, open its cover or switch it on, then try again.", OTHER_DEVICE],
  camera_in_use: ["The camera is in use", "Close other programs and pages that use the camera, such as a video call.", THEN_RETRY],
  camera_overconstrained: ["This camera is not suitable", "Try another one with at least 480 × 360 pixels.", OTHER_DEVICE],
  camera_resolution_too_low: ["The picture of this camera is too small", "Choose another camera, with at least 480 × 360 pixels.", OTHER_DEVICE],
  camera_insecure_context: ["The camera needs a secure page", "Open this page at an address that starts with https://.", TELL_OWNER],
  camera_blocked_by_policy: [
    "This page may not use the camera",
    "If it is shown inside another page, open it in its own tab.",
    OWNER_ONLY,
  ],
  camera_unsupported: ["This browser cannot use cameras", OTHER_BROWSER, OTHER_DEVICE],
  camera_failed: ["The camera could not be started", "Unplug it and plug it in again, or restart your browser.", THEN_RETRY, OTHER_DEVICE],
  camera_timeout: ["The camera did not start in time", "Allow the camera when your browser asks, or unplug it and plug it in again.", THEN_RETRY],
  camera_ended: ["The camera is no longer available", "Connect it again, then try again.", ALLOW],
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
  frames_stalled: ["The camera sends no pictures", "Open its cover or switch it on, and close other programs that use it.", THEN_RETRY, OTHER_DEVICE],
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
  invalid_metadata: MISCONFIGURED,
  invalid_video_input: MISCONFIGURED,
  invalid_key: MISCONFIGURED,
  insufficient_credits: MISCONFIGURED,
  account_suspended: MISCONFIGURED,
  insufficient_scope: MISCONFIGURED,
  tenant_mismatch: MISCONFIGURED,
  tenant_not_found: MISCONFIGURED,
  submission_not_found: OVER,
  service_unavailable: BUSY,
  origin_not_allowed: ["This site may not use the service", OWNER_ONLY],
  host_not_allowed: ["The service does not answer at this address", OWNER_ONLY],
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
  "move-left": "Move to your left.",
  "move-right": "Move to your right.",
  "move-up": "Move up a little, or lower the camera.",
  "move-down": "Move down a little, or raise the camera.",
  "hold-still": "Hold still.",
  "look-at-camera": "Look straight at the camera, in good light.",
  "uneven-frames": "Your camera is slow. Add light, or close other programs.",
  "page-hidden": "Paused. Return to this page to continue.",
  uploading: "Done. Sending the pictures.",
  "uploading-slowly": "Still sending: your connection is slow. Keep this page open.",
  verifying: "Checking.",
  "more-light": "Find more light.",
  "less-light": "It is too bright here.",
  "face-the-light": "Turn to face the light.",
  "uncover-lens": "Uncover the camera.",
  "wipe-lens": "Wipe the lens.",
  "hold-steady": "Hold still.",
  "straighten-head": "Hold your head upright.",
  "turn-to-camera": "Turn your face to the camera.",
  "show-eyes": "Show your eyes.",
  "camera-paused": "Paused: the camera is not available.",
  "tap-to-start": "Tap the page, or press any key.",
  "picture-frozen": "The picture is frozen.",
};

/** A second line, where there is more to say than in the instruction. */
export const HINTS: Record<Explained, string> = {
  "no-face": "Make sure your face is well lit, and nothing covers it or the lens.",
  "multiple-faces": "Only one person may be in the picture. Faces in pictures on the wall count too.",
  "move-closer": "Your face should fill the oval.",
  "move-back": "Your whole face should fit in the oval.",
  "move-left": "Bring your face to the middle of the oval.",
  "move-right": "Bring your face to the middle of the oval.",
  "move-up": "Bring your face to the middle, or tilt the camera.",
  "move-down": "Bring your face to the middle, or tilt the camera.",
  "hold-still": "Keep your face in the oval until the ring is full.",
  "uneven-frames": "Some cameras are slow in the dark, or while other programs use them.",
  "page-hidden": "The check continues when you return to this page.",
  "more-light": "Turn on a lamp in front of you, or face a window. Make sure nothing covers the camera.",
  "less-light": "Move out of direct light, or turn away from the lamp.",
  "face-the-light": "The light is behind you. Put it in front of you.",
  "uncover-lens": "Open its cover, or take your finger off the lens. If it is dark, turn on a lamp.",
  "wipe-lens": "The picture is hazy.",
  "hold-steady": "Keep your head still. If you hold the device, rest your arms.",
  "straighten-head": "Do not tilt it to the side.",
  "turn-to-camera": "Look straight into the lens.",
  "show-eyes": "Let even light fall on your face, or take off glasses, and push back hair or a cap.",
  "camera-paused": "End the call, or open the lid. The check then continues.",
  "tap-to-start": "Your browser shows the camera only after that.",
  "picture-frozen": "Close other programs that use the camera.",
};

export const SPOKEN: Record<Guidance, string> = {
  none: "",
  wait: "One moment, please.",
  "allow-camera": "Your browser is asking for the camera. Please allow it.",
  "no-face": "I cannot find your face. Hold the camera at eye level, an arm's length away, and face it.",
  "multiple-faces": "I can see more than one face. Please make sure that you are alone in front of the camera.",
  "move-closer": "Move a little closer to the camera.",
  "move-back": "Move a little away from the camera.",
  "move-left": "Move a little to your left.",
  "move-right": "Move a little to your right.",
  "move-up": "Move up a little, or lower the camera.",
  "move-down": "Move down a little, or raise the camera.",
  "hold-still": "You are in the right place. Hold still.",
  "look-at-camera": "Face the camera, with light in front of you.",
  "uneven-frames": "Your camera is slow. Turn on a light, or close other programs.",
  "page-hidden": "Paused. Return to this page to continue.",
  uploading: "All pictures are taken. You can move again. They are being sent.",
  "uploading-slowly": "Still sending. Your connection is slow. Keep this page open.",
  verifying: "Checking. This takes a moment.",
  "more-light": "Your face is too dark. Turn on a lamp in front of you, or face a window. Make sure nothing covers the camera.",
  "less-light": "It is too bright. Move out of direct light.",
  "face-the-light": "The light is behind you. Turn until it is in front of you.",
  "uncover-lens": "The camera is covered. Open its cover, or take your finger off the lens. If it is dark, turn on a lamp.",
  "wipe-lens": "The picture is hazy. Wipe the lens.",
  "hold-steady": "Hold still. If you hold the device, rest your arms.",
  "straighten-head": "Your head is tilted. Hold it upright.",
  "turn-to-camera": "Your face is turned away. Turn it to the camera.",
  "show-eyes": "An eye cannot be seen well. Let even light fall on your face, or take off glasses, and push back hair or a cap.",
  "camera-paused": "Paused. The camera is not available. End the call, or open the lid.",
  "tap-to-start": "Touch the page, or press any key, so that your browser starts the camera.",
  "picture-frozen": "The camera's picture is frozen. Close other programs that use the camera.",
};

/** What helps further, once nothing has improved for a while. */
export const HELPS: Record<Help, string> = {
  "face-a-window": "Sit facing a window, or put a lamp behind your screen.",
  "leave-the-glare": "Move out of the sun, and away from bright lamps.",
  "bare-the-face": "Take off glasses, cap or mask, and keep your hair out of your face.",
  "camera-at-eye-level": "Put the camera at eye level, an arm's length away, and face it.",
  "rest-the-camera": "Put the device on a table, or lean it against something.",
  "plain-background": "Sit in front of a plain wall, with nobody else in view.",
  "another-camera": "Choose another camera, or use another device, such as a phone.",
};

/** As spoken when there is far to go. */
export const FAR: Record<Move, string> = {
  "move-closer": "Move a lot closer to the camera.",
  "move-back": "Move a lot farther from the camera.",
  "move-left": "Move a lot to your left.",
  "move-right": "Move a lot to your right.",
  "move-up": "Move up a lot, or lower the camera.",
  "move-down": "Move down a lot, or raise the camera.",
};

/** What the capture lacked, and what to do about it next time. */
export const WARNINGS: Record<Warning, string> = {
  low_frame_rate: "The camera was slow. Turn on more light, or close other programs.",
  uneven_frames: "The camera stuttered. Close other programs.",
  interrupted: "The capture was interrupted. Stay in place, and hold still, until all pictures are taken.",
  low_light: "It was dark. Turn on a lamp, or face a window.",
  overexposed: "Your face was too bright. Move out of direct light.",
  backlight: "The light came from behind you. Put it in front of you.",
  face_not_centered: "Your face was off the middle. Bring it to the middle of the picture.",
  glasses: "Something was reflected in front of your eyes. Take off your glasses, or turn away from the lamp.",
  blurred: "The pictures were not sharp. Wipe the lens, and hold still.",
  no_color: "The pictures had no colour. Choose another camera.",
  picture_frozen: "The picture was frozen. Close other programs that use the camera.",
  picture_noised: "Your browser alters the camera's pictures for your privacy. Turn off that protection for this page, or use another browser.",
  virtual_camera: "The camera seems to be a program. Choose the camera of your device.",
};

/** What the element says besides. */
export const ELEMENT: ElementWords = {
  label: "Liveness check",
  intro: ["Show that you are really here", "Look into your camera for about ten seconds. You will be told what to do."],
  consent: "Your face is found on this device. Only small pictures of it are sent.",
  consentWhole: "Whole pictures from your camera are sent.",
  cameraOnWhile: "The camera is on only while its picture is shown here.",
  start: "Start",
  cancel: "Cancel",
  retry: "Try again",
  steps: "Progress of the check",
  stepCamera: "Camera",
  stepPictures: "Pictures",
  stepResult: "Result",
  preview: "Preview of your camera",
  previewFile: "Preview of your video",
  cameraOn: "Camera on",
  stop: "Stop",
  fileShown: "Video file",
  progress: "Pictures taken",
  taken: { one: "{n} of {total} picture", other: "{n} of {total} pictures" },
  sent: { other: "{n} of {total} sent" },
  halfway: "Half of the pictures are taken. Keep still.",
  moreTime: "More time",
  timeLeft: { one: "{total} second left", other: "{total} seconds left" },
  timeRunsOut: "The time is almost up. If you need more, press “More time”.",
  camera: "Camera",
  states: {
    "requesting-camera": ["Allow the camera", "Your browser is asking, usually at the top of its window."],
    loading: ["Getting ready", "Loading the face finder."],
    positioning: ["Look at the camera", ""],
    capturing: ["Hold still", ""],
    uploading: ["Sending the last pictures", ""],
    verifying: ["Waiting for the result", "This takes a moment."],
  },
  fileStates: {
    "requesting-camera": ["Opening the video", ""],
    loading: ["Getting ready", ""],
    positioning: ["Looking for a face in the video", ""],
    capturing: ["Taking pictures from the video", ""],
    uploading: ["Sending the last pictures", ""],
    verifying: ["Waiting for the result", "This takes a moment."],
  },
  verdicts: {
    live: ["A live person was detected", "The pictures show a real face in front of the camera."],
    fake: [
      "No live person was detected",
      "The pictures look more like a photo or a screen than a real face. If that is wrong, try again in even light, without reflections, and hold the camera still.",
    ],
    inconclusive: [
      "No clear answer",
      "The pictures do not allow a decision either way. That is not a failure: try again with more light on your face.",
    ],
  },
  complete: ["The check is complete", "Thank you. You can go on."],
  cancelled: "Cancelled.",
  cameraOff: "The camera is off again.",
  code: "Code: {code}",
  required: "Please complete the liveness check.",
  notLoaded: ["The face finder could not be loaded", CONNECTION, RELOAD],
};

export const WORDS: Words = { failures: FAILURES, guidance: GUIDANCE, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS, element: ELEMENT };
