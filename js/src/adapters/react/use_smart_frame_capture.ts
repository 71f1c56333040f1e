/** The capture alone: pictures, their quality, and the page's own gate. Shares its check with the other hooks of its ref. */
import { useMemo } from "react";
import type { LivenessError, Snapshot } from "../../core/index.js";
import { type CaptureChange, type CaptureView, type VideoHolder } from "./capture.js";
import { call } from "./call.js";
import { fpsOf, optionsOf, refuse, warnOf } from "./options.js";
import { useSettings } from "./provider.js";
import { type CapturedFrame, type OvalGuideState, ovalStateOf } from "./states.js";
import { useCapture } from "./use_liveness.js";

export type SmartCaptureState = "idle" | "capturing" | "complete" | "error";

export interface UseSmartFrameCaptureOptions {
  /** The `<video>`; the same for all hooks that are to share a check. */
  videoRef: VideoHolder;
  /** Milliseconds from one picture to the next, at most 1000. Default `100`; `0`: as fast as a check goes. */
  captureIntervalMs?: number | undefined;
  /**
   * Whether pictures may be taken now. While it returns `false` nothing is taken; if it does so during a run, the run's
   * pictures are dropped, and the check begins anew when it returns `true`. The camera stays on meanwhile if the
   * page has put its stream into the `<video>` (`useCamera`).
   */
  detectionGate?: (() => boolean) | undefined;
  onFrameCapture?: ((frame: CapturedFrame, index: number, total: number) => void) | undefined;
  /** The pictures of a run have been dropped. */
  onSequenceReset?: (() => void) | undefined;
  /** All pictures have been taken. */
  onComplete?: ((frames: readonly CapturedFrame[]) => void) | undefined;
  onError?: ((error: LivenessError) => void) | undefined;
  onQualityUpdate?: ((quality: SmartCaptureQuality) => void) | undefined;
}

export interface SmartCaptureQuality {
  hasFace: boolean;
  ovalState: OvalGuideState;
  tooClose: boolean;
  tooFar: boolean;
  /** Whether nothing is in the way of a picture. */
  canCapture: boolean;
}

export interface UseSmartFrameCaptureReturn {
  state: SmartCaptureState;
  frames: readonly CapturedFrame[];
  progress: { captured: number; target: number };
  quality: SmartCaptureQuality;
  ovalState: OvalGuideState;
  /** The instruction for the person, as an English sentence. */
  feedback: string;
  canCapture: boolean;
  /** Whether frames are being judged. */
  isDetectorReady: boolean;
  start: () => void;
  stop: () => void;
  reset: () => void;
  /** Drops what has been taken, and begins anew. */
  restart: () => void;
}

const DEFAULT_INTERVAL_MS = 100;
const JUDGED: ReadonlySet<Snapshot["state"]> = new Set<Snapshot["state"]>(["positioning", "capturing"]);

function qualityOf(snapshot: Snapshot): SmartCaptureQuality {
  const ovalState = ovalStateOf(snapshot);
  const { guidance, state } = snapshot;
  const hasFace = JUDGED.has(state) && ovalState !== "no_face";
  return { hasFace, ovalState, tooClose: guidance === "move-back", tooFar: guidance === "move-closer", canCapture: ovalState === "good" || ovalState === "perfect" };
}

const isComplete = ({ snapshot: { state } }: CaptureView): boolean => state === "uploading" || state === "verifying" || state === "done";

function captureState(view: CaptureView): SmartCaptureState {
  if (view.error) return "error";
  if (isComplete(view)) return "complete";
  const { state } = view.snapshot;
  return !view.waiting && (state === "idle" || state === "cancelled") ? "idle" : "capturing";
}

export function useSmartFrameCapture(options: UseSmartFrameCaptureOptions): UseSmartFrameCaptureReturn {
  refuse(options);
  warnOf(options);
  const { videoRef, captureIntervalMs, detectionGate } = options;
  const settings = useSettings();
  const fps = fpsOf(captureIntervalMs ?? DEFAULT_INTERVAL_MS);

  function onChange({ before, now, added, lost }: CaptureChange): void {
    const { onFrameCapture, onSequenceReset, onComplete, onError, onQualityUpdate } = options;
    const { error, frames, snapshot } = now;
    if (lost) call(() => onSequenceReset?.());
    for (const frame of added) call(() => onFrameCapture?.(frame, frame.index, snapshot.framesRequired));
    const differs = before.snapshot.guidance !== snapshot.guidance || before.snapshot.state !== snapshot.state;
    if (differs && JUDGED.has(snapshot.state)) call(() => onQualityUpdate?.(qualityOf(snapshot)));
    if (isComplete(now) && !isComplete(before)) call(() => onComplete?.(frames));
    if (error && !before.error) call(() => onError?.(error));
  }

  const [capture, view] = useCapture(videoRef, {
    options: () => (captureIntervalMs === undefined ? {} : { fps }),
    defaults: () => ({ ...optionsOf(settings, {}), fps }),
    gate: () => detectionGate?.() ?? true,
    onChange,
  });
  return useMemo(() => {
    const { snapshot, frames } = view;
    const quality = qualityOf(snapshot);
    return {
      frames, quality,
      state: captureState(view),
      progress: { captured: snapshot.framesTaken, target: snapshot.framesRequired },
      ovalState: quality.ovalState,
      feedback: snapshot.message,
      canCapture: quality.canCapture,
      isDetectorReady: JUDGED.has(snapshot.state),
      start: capture.start,
      stop: capture.stop,
      reset: capture.reset,
      restart: capture.restart,
    };
  }, [view, capture]);
}
