/** A check in a `<video>` of the page's own, with the page's own words and buttons around it. */
import { type RefObject, useMemo, useRef, useSyncExternalStore } from "react";
import type { FailureCode, LivenessError, LivenessOptions, Snapshot } from "../../core/index.js";
import { TERMINAL_STATES } from "../../generated/codes.js";
import { type Capture, type CaptureChange, type CaptureView, NO_VIEW, type Part, type VideoHolder, captureOf } from "./capture.js";
import { call } from "./call.js";
import { useCommit, useLatest } from "./latest.js";
import { type CheckProps, optionsOf, refuse, warnOf } from "./options.js";
import { useSettings } from "./provider.js";
import { type CapturedFrame, type LivenessResult, type LivenessState, stateOf } from "./states.js";

export interface LivenessProgress {
  /** Pictures taken. */
  current: number;
  /** Pictures needed; 0 until the server has said. */
  total: number;
}

export interface UseLivenessConfig extends CheckProps {
  /** The `<video>` that shows the preview. Default: the hook's own `videoRef`. A live stream that is in it is used. */
  videoRef?: VideoHolder | undefined;
  /** Options of a check that have no name here, such as `timeouts`, `headers` or `escalation`. */
  options?: Partial<Omit<LivenessOptions, "video">> | undefined;
  onResult?: ((result: LivenessResult) => void) | undefined;
  onError?: ((error: LivenessError) => void) | undefined;
  onStateChange?: ((state: LivenessState) => void) | undefined;
  onFrameCaptured?: ((frame: CapturedFrame) => void) | undefined;
  onProgress?: ((progress: LivenessProgress) => void) | undefined;
}

export interface UseLivenessReturn {
  /** For `<video ref={videoRef} playsInline muted />`. */
  videoRef: RefObject<HTMLVideoElement | null>;
  state: LivenessState;
  /** All that is known, in the check's own terms. */
  snapshot: Snapshot;
  /** The instruction for the person, as an English sentence; empty if there is none. */
  message: string;
  result: LivenessResult | null;
  error: LivenessError | null;
  errorCode: FailureCode | null;
  /** For the person, in English. */
  errorMessage: string | null;
  progress: LivenessProgress;
  frames: readonly CapturedFrame[];
  /** Whether the check runs and the server has not received all pictures that have been taken. */
  isStreamSending: boolean;
  start: () => void;
  /** Cancels, and releases the camera. */
  stop: () => void;
  /** The same, and forgets the result. */
  reset: () => void;
  /** Begins anew. */
  restartCapture: () => void;
  /** More time for getting into place. */
  extend: () => void;
}

const none = (): CaptureView => NO_VIEW;

/** The capture of a ref, with this hook's part in it for as long as it is mounted. */
export function useCapture(ref: VideoHolder, part: Part): readonly [Capture, CaptureView] {
  const capture = captureOf(ref);
  const latest = useLatest(part);
  const view = useSyncExternalStore(capture.subscribe, capture.view, none);
  useCommit(() => {
    return capture.join({
      options: () => latest.current.options(),
      defaults: () => latest.current.defaults?.() ?? {},
      gate: () => latest.current.gate?.() ?? true,
      onChange: (change) => latest.current.onChange?.(change),
    });
  }, [capture]);
  useCommit(capture.committed);
  return [capture, view];
}

/** A check that waits for the page has been started. */
const shownState = ({ waiting, snapshot }: CaptureView): LivenessState => (waiting ? "capturing" : stateOf(snapshot.state));
const progressOf = ({ snapshot: { framesTaken, framesRequired } }: CaptureView): LivenessProgress => ({ current: framesTaken, total: framesRequired });

export function useLiveness(config: UseLivenessConfig = {}): UseLivenessReturn {
  refuse(config);
  warnOf(config);
  const settings = useSettings();
  const own = useRef<HTMLVideoElement | null>(null);
  const videoRef = (config.videoRef as RefObject<HTMLVideoElement | null> | undefined) ?? own;
  const { options } = config;

  function onChange({ before, now, added }: CaptureChange): void {
    const { onResult, onError, onStateChange, onFrameCaptured, onProgress } = config;
    const [from, to] = [shownState(before), shownState(now)];
    const progress = progressOf(now);
    if (from !== to) call(() => onStateChange?.(to));
    for (const frame of added) call(() => onFrameCaptured?.(frame));
    const last = progressOf(before);
    if (progress.current !== last.current || progress.total !== last.total) call(() => onProgress?.(progress));
    const { result, error } = now;
    if (result && !before.result) call(() => onResult?.(result));
    if (error && !before.error) call(() => onError?.(error));
  }

  const [capture, view] = useCapture(videoRef, { options: () => ({ ...options, ...optionsOf(settings, config) }), onChange });
  const { snapshot, result, error, frames } = view;
  return useMemo(
    () => ({
      videoRef, snapshot, result, error, frames,
      state: shownState(view),
      message: snapshot.message,
      errorCode: error?.code ?? null,
      errorMessage: error?.message ?? null,
      progress: progressOf(view),
      isStreamSending: !TERMINAL_STATES.has(snapshot.state) && snapshot.framesUploaded < snapshot.framesTaken,
      start: capture.start,
      stop: capture.stop,
      reset: capture.reset,
      restartCapture: capture.restart,
      extend: capture.extend,
    }),
    [videoRef, view, capture],
  );
}
