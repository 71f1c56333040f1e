/** What the check judges of eyes and head, for pages that show it by themselves. */
import { useMemo, useRef } from "react";
import type { CaptureWarning } from "../../core/index.js";
import { type CaptureChange, type VideoHolder, captureOf } from "./capture.js";
import { call } from "./call.js";
import { warnOf } from "./options.js";
import { EyeWatch, gazeFeedback, passes } from "./states.js";
import { useCapture } from "./use_liveness.js";

export interface UseDetectionPipelineOptions {
  /** The `<video>` of the hook that runs the check. */
  videoRef: VideoHolder;
  /** Whether callbacks are called. The check itself judges in any case. Default `true`. */
  enabled?: boolean | undefined;
  /**
   * Pictures have been dropped because of the eyes. The check has begun a new run by itself, so `restart()` within this
   * callback changes nothing.
   */
  onRestartNeeded?: (() => void) | undefined;
  /** The eyes cannot be seen; just before `onRestartNeeded`, if that follows. */
  onEyeWarning?: ((message: string) => void) | undefined;
  /** Another instruction about the direction of the head; empty: there is none any more. */
  onGazeFeedback?: ((message: string) => void) | undefined;
}

export interface UseDetectionPipelineReturn {
  /**
   * Whether eyes and head let a picture be taken, as of the last frame. Asked by a page's own `detectionGate` it is `true`: the
   * check waits for these by itself.
   */
  detectionGate: () => boolean;
  /** What the pictures lacked, once all are taken. The check sends it with them by itself. */
  getWarnings: () => CaptureWarning["code"][];
  /** The instruction about eyes or head; `null` if there is none. */
  feedback: string | null;
}

export function useDetectionPipeline(options: UseDetectionPipelineOptions): UseDetectionPipelineReturn {
  warnOf(options);
  const { videoRef } = options;

  const eyes = useRef<EyeWatch | null>(null);

  function onChange({ before: { snapshot: before }, now: { snapshot: now }, lost }: CaptureChange): void {
    const { enabled = true, onEyeWarning, onRestartNeeded, onGazeFeedback } = options;
    const { warns, restarts } = (eyes.current ??= new EyeWatch()).follow(before, now, lost, performance.now());
    if (!enabled) return;
    if (warns) call(() => onEyeWarning?.(now.message));
    if (restarts) captureOf(videoRef).lose(() => onRestartNeeded?.());
    const gaze = gazeFeedback(now);
    if (gaze !== gazeFeedback(before)) call(() => onGazeFeedback?.(gaze));
  }

  const [, view] = useCapture(videoRef, { options: () => ({}), onChange });
  const stable = useMemo(() => {
    const capture = captureOf(videoRef);
    // The check has its own gates in force anyway; as a page's they would end it for what it only has to wait for.
    const detectionGate = (): boolean => capture.asksGates || passes(capture.view().snapshot);
    return { detectionGate, getWarnings: () => capture.view().snapshot.warnings.map(({ code }) => code) };
  }, [videoRef]);
  return { ...stable, feedback: passes(view.snapshot) ? null : view.snapshot.message };
}
