// The states that the gallery shows, as the check reports them. Written by hand: recorded checks (crates/capture/tests/traces) have no
// failures, verdicts or help in them, and less than half of the instructions.
import type { ElementSnapshot } from "liveness-capture/element";
import { FAILURES, GUIDANCE } from "../../js/src/words/en.js";

type Failure = NonNullable<ElementSnapshot["error"]>;
type Guidance = ElementSnapshot["guidance"];
export type Shown = Partial<ElementSnapshot> & Pick<ElementSnapshot, "state">;

const IN_PLACE = { framesRequired: 30, sessionId: "0b5c1d6e-7f80-4a19-8c2d-3e4f5a6b7c8d" };
const ALL_TAKEN = { ...IN_PLACE, framesTaken: 30 };

const ended = (verdict: "live" | "fake" | "inconclusive", score: number): Shown => ({
  ...ALL_TAKEN,
  state: "done",
  progress: 1,
  framesUploaded: 30,
  verdict: {
    ...{ verdict, score, realScore: score / 100, type: null, model: "mixed-30-v2", sessionId: IN_PLACE.sessionId },
    ...{ warning: null, warnings: null, inputSource: null, createdAt: null, earlier: [], raw: {} },
  },
});

function failed(code: Failure["code"]): Shown {
  const [title, ...advice] = FAILURES[code];
  return { state: "failed", error: { code, detail: null, retriable: true, title, advice } };
}

const told = (guidance: Guidance) => ({ guidance, message: GUIDANCE[guidance] });
const guided = (guidance: Guidance): Shown => ({ ...IN_PLACE, state: "positioning", ...told(guidance) });
const capturing: Shown = { ...IN_PLACE, state: "capturing", ...told("hold-still"), framesTaken: 18, framesUploaded: 14, progress: 0.53 };
const sending: Shown = { ...ALL_TAKEN, state: "uploading", framesUploaded: 21, progress: 0.8 };
const OF_A_FILE = { attributes: { source: "video.mp4" } };

/** By name; those with `picture` show a drawn face in the place of the camera. */
export const STATES: Readonly<Record<string, { shown: Shown; picture?: boolean; cameras?: boolean; attributes?: Record<string, string> }>> = {
  start: { shown: { state: "idle" } },
  "start with cameras": { shown: { state: "idle" }, cameras: true },
  cancelled: { shown: { state: "cancelled" } },
  "session being opened": { shown: { state: "requesting-camera", ...told("wait") } },
  "allow the camera": { shown: { state: "requesting-camera", ...told("allow-camera") } },
  loading: { shown: { state: "loading", ...told("wait") }, picture: true },
  "no face": { shown: guided("no-face"), picture: true },
  "two faces": { shown: guided("multiple-faces"), picture: true },
  "to the left": { shown: guided("move-left"), picture: true },
  "left without a mirror": { shown: guided("move-left"), picture: true, attributes: { mirrored: "false" } },
  up: { shown: guided("move-up"), picture: true },
  down: { shown: guided("move-down"), picture: true },
  closer: { shown: guided("move-closer"), picture: true },
  back: { shown: guided("move-back"), picture: true },
  dark: { shown: guided("more-light"), picture: true },
  bright: { shown: guided("less-light"), picture: true },
  "light behind": { shown: guided("face-the-light"), picture: true },
  covered: { shown: guided("uncover-lens"), picture: true },
  hazy: { shown: guided("wipe-lens"), picture: true },
  "nothing improves": { shown: { ...guided("move-right"), help: "camera-at-eye-level", far: true }, picture: true },
  "another camera": { shown: { ...guided("picture-frozen"), help: "another-camera" }, picture: true, cameras: true },
  "time runs out": { shown: { ...guided("look-at-camera"), help: "bare-the-face", timeLeftMs: 20_000 }, picture: true },
  "eyes hidden": { shown: guided("show-eyes"), picture: true },
  "turned away": { shown: guided("turn-to-camera"), picture: true },
  tilted: { shown: guided("straighten-head"), picture: true },
  moving: { shown: guided("hold-steady"), picture: true },
  "slow camera": { shown: guided("uneven-frames"), picture: true },
  "camera paused": { shown: guided("camera-paused"), picture: true },
  "to be tapped": { shown: { state: "requesting-camera", ...told("tap-to-start") } },
  capturing: { shown: capturing, picture: true },
  paused: { shown: guided("page-hidden"), picture: true },
  uploading: { shown: { ...sending, ...told("uploading") } },
  "slow connection": { shown: { ...sending, ...told("uploading-slowly") } },
  verifying: { shown: { ...ALL_TAKEN, state: "verifying", ...told("verifying"), framesUploaded: 30, progress: 0.95 } },
  "file being opened": { shown: { state: "requesting-camera", ...told("wait") }, ...OF_A_FILE },
  "file without a face": { shown: guided("no-face"), picture: true, ...OF_A_FILE },
  "file being captured": { shown: capturing, picture: true, ...OF_A_FILE },
  live: { shown: ended("live", 87) },
  "not live": { shown: ended("fake", 22) },
  inconclusive: { shown: { ...ended("inconclusive", 52), warnings: [{ code: "low_light" }, { code: "blurred" }] } },
  "in the background": { shown: { ...IN_PLACE, state: "capturing", guidance: "none", cameraLive: true }, attributes: { mode: "background" } },
  complete: { shown: ended("live", 87), attributes: { result: "server" } },
  "camera denied": { shown: failed("camera_denied") },
  "time is up": { shown: failed("positioning_timeout"), cameras: true },
  "connection lost": { shown: failed("network_error") },
};
