// The states that the gallery shows, as the check reports them.
import type { ElementSnapshot } from "liveness-capture/element";

type Failure = NonNullable<ElementSnapshot["error"]>;
export type Shown = Partial<Omit<ElementSnapshot, "guidance">> & Pick<ElementSnapshot, "state"> & { guidance?: string };

const IN_PLACE = { framesRequired: 30, sessionId: "0b5c1d6e-7f80-4a19-8c2d-3e4f5a6b7c8d" };

const ended = (verdict: "live" | "fake" | "inconclusive", score: number): Shown => ({
  ...IN_PLACE,
  state: "done",
  progress: 1,
  framesTaken: 30,
  framesUploaded: 30,
  verdict: {
    ...{ verdict, score, realScore: score / 100, type: null, model: "mixed-30-v2", sessionId: IN_PLACE.sessionId },
    ...{ warning: null, warnings: null, inputSource: null, createdAt: null, earlier: [], raw: {} },
  },
});

const failed = (code: Failure["code"], title: string, ...advice: string[]): Shown => ({
  state: "failed",
  error: { code, detail: null, retriable: true, title, advice },
});

const guided = (guidance: string, message: string): Shown => ({ ...IN_PLACE, state: "positioning", guidance, message });

/** By name; those with `picture` show a drawn face in the place of the camera. */
export const STATES: Readonly<Record<string, { shown: Shown; picture?: boolean; cameras?: boolean; attributes?: Record<string, string> }>> = {
  start: { shown: { state: "idle" } },
  "start with cameras": { shown: { state: "idle" }, cameras: true },
  cancelled: { shown: { state: "cancelled" } },
  "allow the camera": { shown: { state: "requesting-camera", guidance: "allow-camera", message: "Please allow access to your camera." } },
  loading: { shown: { state: "loading", guidance: "wait", message: "One moment, please." }, picture: true },
  "no face": { shown: guided("no-face", "Move your face into view."), picture: true },
  "two faces": { shown: guided("multiple-faces", "Only one face should be in view."), picture: true },
  "to the left": { shown: guided("move-left", "Move to your left."), picture: true },
  up: { shown: guided("move-up", "Move up a little, or lower the camera."), picture: true },
  closer: { shown: guided("move-closer", "Move closer."), picture: true },
  back: { shown: guided("move-back", "Move back a little."), picture: true },
  dark: { shown: guided("more-light", "Find more light."), picture: true },
  "light behind": { shown: guided("face-the-light", "Turn to face the light."), picture: true },
  covered: { shown: guided("uncover-lens", "Uncover the camera."), picture: true },
  "nothing improves": { shown: { ...guided("move-right", "Move to your right."), help: "camera-at-eye-level", far: true }, picture: true },
  "another camera": { shown: { ...guided("picture-frozen", "The picture is frozen."), help: "another-camera" }, picture: true, cameras: true },
  "time runs out": { shown: { ...guided("look-at-camera", "Look straight at the camera, in good light."), help: "bare-the-face", timeLeftMs: 20_000 }, picture: true },
  "eyes hidden": { shown: guided("show-eyes", "Show your eyes."), picture: true },
  "turned away": { shown: guided("turn-to-camera", "Turn your face to the camera."), picture: true },
  "camera paused": { shown: guided("camera-paused", "Paused: the camera is not available."), picture: true },
  "to be tapped": { shown: { state: "requesting-camera", guidance: "tap-to-start", message: "Tap the page, or press any key." } },
  capturing: { shown: { ...IN_PLACE, state: "capturing", guidance: "hold-still", message: "Hold still.", framesTaken: 18, framesUploaded: 14, progress: 0.53 }, picture: true },
  paused: { shown: guided("page-hidden", "Paused. Return to this page to continue."), picture: true },
  uploading: { shown: { ...IN_PLACE, state: "uploading", guidance: "uploading", message: "Done. Sending the pictures.", framesTaken: 30, framesUploaded: 21, progress: 0.8 } },
  verifying: { shown: { ...IN_PLACE, state: "verifying", guidance: "verifying", message: "Checking.", framesTaken: 30, framesUploaded: 30, progress: 0.95 } },
  live: { shown: ended("live", 87) },
  "not live": { shown: ended("fake", 22) },
  inconclusive: { shown: { ...ended("inconclusive", 52), warnings: [{ code: "low_light" }, { code: "blurred" }] } },
  "in the background": { shown: { ...IN_PLACE, state: "capturing", guidance: "none", cameraLive: true }, attributes: { mode: "background" } },
  complete: { shown: ended("live", 87), attributes: { result: "server" } },
  "camera denied": {
    shown: failed("camera_denied", "The camera is not allowed", "Open the site settings from the icon beside the address, and allow the camera.", "Check that your system's privacy settings allow the camera for this browser.", "Then try again."),
  },
  "time is up": { shown: failed("positioning_timeout", "Your face was not in place long enough", "Look straight at the camera, in good light, and follow the hints.", "Then try again."), cameras: true },
  "connection lost": { shown: failed("network_error", "The connection was lost", "Check your connection, then try again.") },
};
