/** A whole check by the names of the official SDK: preview, guidance, buttons, result. */
import {
  type CSSProperties, type ForwardedRef, type ForwardRefExoticComponent, type ReactNode, type RefAttributes,
  createElement, forwardRef, useEffect, useImperativeHandle, useMemo, useRef, useState,
} from "react";
import type { CameraCapabilities, LivenessOptions } from "../../core/index.js";
import type { ElementSnapshot, LivenessCheckElement, LivenessProblem } from "../../element/index.js";
import { call } from "./call.js";
import { useCommit, useLatest } from "./latest.js";
import { LivenessCheck, type LivenessCheckProps } from "./liveness_check.js";
import { type CheckProps, optionsOf, refuse, warnOf } from "./options.js";
import { useSettings } from "./provider.js";
import { type CapturedFrame, Frames, type LivenessResult, type LivenessState, resultOf, stateOf } from "./states.js";
import { type CameraValidationResult, validate } from "./use_camera.js";

/** What buttons of the page's own need. */
export interface LivenessControls {
  state: LivenessState;
  start: () => void;
  stop: () => void;
  /** Back to the beginning. */
  reset: () => void;
  /** More time for getting into place, as often as need be. */
  extend: () => void;
  /** Milliseconds until the check gives up, once that is soon; else `null`. As last told: it does not count down by itself. */
  timeLeftMs: number | null;
}

type FromElement = Pick<LivenessCheckProps, "words" | "locale" | "theme" | "mirrored" | "cues" | "result" | "cameraPicker" | "fillLight" | "deviceId" | "onGuidance" | "children">;

export interface LivenessViewProps extends CheckProps, FromElement {
  /** Options of a check that have no name here, such as `timeouts`, `headers` or `escalation`. */
  options?: Partial<LivenessOptions> | undefined;
  /** The verdict, as a copy for the page. Not called with `result="server"`. */
  onResult?: ((result: LivenessResult) => void) | undefined;
  /** Complete; your back end can ask for the verdict of this session. */
  onComplete?: ((sessionId: string | null) => void) | undefined;
  onError?: ((error: LivenessProblem) => void) | undefined;
  /** The person, or `stop`, has cancelled. */
  onCancel?: (() => void) | undefined;
  onReset?: (() => void) | undefined;
  onStateChange?: ((state: LivenessState) => void) | undefined;
  onFrameCaptured?: ((frame: CapturedFrame) => void) | undefined;
  /** What the camera can do, once it is open. */
  onCapabilities?: ((capabilities: CameraCapabilities, validation: CameraValidationResult) => void) | undefined;
  /** Whether the check starts with the component, without a press on Start. Default `false`: no camera goes on unasked. */
  autoStartCamera?: boolean | undefined;
  /** The drawing on the picture. Default `true`. */
  showOverlay?: boolean | undefined;
  /** Start, Cancel and Try again; "More time" stays. Default `true`, or `false` with `renderControls`. */
  showControls?: boolean | undefined;
  /** What came of it, in words. Default `true`, or `false` with `renderResult`. */
  showResult?: boolean | undefined;
  /** The package's gates are always in force. */
  enableDetection?: boolean | undefined;
  renderControls?: ((controls: LivenessControls) => ReactNode) | undefined;
  renderResult?: ((result: LivenessResult) => ReactNode) | undefined;
  className?: string | undefined;
  style?: CSSProperties | undefined;
  /** Of the `<liveness-check>` in it. */
  cameraClassName?: string | undefined;
  cameraStyle?: CSSProperties | undefined;
  controlsClassName?: string | undefined;
  controlsStyle?: CSSProperties | undefined;
}

/** How often a page's own controls learn how much time is left. */
const TIME_EVERY_MS = 500;

const FROM_ELEMENT = ["words", "locale", "theme", "mirrored", "cues", "result", "cameraPicker", "fillLight", "deviceId", "onGuidance", "children"] as const satisfies readonly (keyof FromElement)[];

function View(props: LivenessViewProps, ref: ForwardedRef<LivenessCheckElement>): ReactNode {
  refuse(props);
  warnOf(props);
  const settings = useSettings();
  const latest = useLatest(props);
  const own = useRef<LivenessCheckElement | null>(null);
  const frames = useRef<Frames | null>(null);
  const told = useRef<LivenessState>("idle");
  const [snapshot, show] = useState<ElementSnapshot | null>(null);
  useImperativeHandle(ref, () => own.current as LivenessCheckElement, []);
  useCommit(() => {
    // What Suspense or Activity has hidden was cancelled without a word.
    if (own.current && told.current !== "idle") follow(own.current.snapshot);
  }, []);

  const controls = useMemo(() => ({
    start: (): void => own.current?.start(),
    stop: (): void => own.current?.cancel(),
    reset: (): void => {
      own.current?.reset();
      call(() => latest.current.onReset?.());
    },
    extend: (): void => own.current?.extend(),
  }), []);

  function follow(snapshot: ElementSnapshot): void {
    show(snapshot);
    const now = stateOf(snapshot.state);
    if (now === told.current) return;
    told.current = now;
    call(() => latest.current.onStateChange?.(now));
  }

  const { transport, endpoint, session, source, ...plain } = optionsOf(settings, props);
  const { onCapabilities, onFrameCaptured, showOverlay = true, renderControls, renderResult, autoStartCamera = false } = props;
  const controlled = !!renderControls;
  // No event tells that the time runs out.
  useEffect(() => {
    const timer = controlled && setInterval(() => own.current && show(own.current.snapshot), TIME_EVERY_MS);
    return () => clearInterval(timer || undefined);
  }, [controlled]);
  const { showControls = !renderControls, showResult = !renderResult, className, style, options } = props;
  const without = [!showControls && "controls", !showOverlay && "overlay", !showResult && "result"].filter(Boolean).join(" ");
  const state = snapshot ? stateOf(snapshot.state) : "idle";
  const given = Object.fromEntries(FROM_ELEMENT.map((name) => [name, props[name]])) as Pick<LivenessViewProps, (typeof FROM_ELEMENT)[number]>;
  const element: LivenessCheckProps & RefAttributes<LivenessCheckElement> & { "data-without": string | undefined } = {
    ...given,
    ...plain,
    transport,
    endpoint,
    ...(typeof session === "function" ? { session } : { sessionId: session?.id, sessionToken: session?.token }),
    source: source ?? null,
    autoStart: autoStartCamera,
    recording: onFrameCaptured !== undefined,
    options: onCapabilities
      ? { ...options, onCapabilities: (capabilities: CameraCapabilities) => latest.current.onCapabilities?.(capabilities, validate(capabilities)) }
      : options,
    ref: own,
    className: props.cameraClassName,
    style: props.cameraStyle,
    "data-without": without || undefined,
  };

  return createElement(
    "div",
    { className, style },
    createElement(LivenessCheck, {
      ...element,
      onState({ snapshot }) {
        if (snapshot.state === "requesting-camera") frames.current = new Frames();
        follow(snapshot);
      },
      onProgress({ framesTaken }) {
        const { added } = (frames.current ??= new Frames()).follow(framesTaken, own.current?.trace ?? null, performance.now());
        for (const frame of added) call(() => latest.current.onFrameCaptured?.(frame));
      },
      onResult({ sessionId, verdict }) {
        call(() => props.onComplete?.(sessionId));
        if (verdict) call(() => props.onResult?.(resultOf(verdict)));
      },
      onError: props.onError,
      onCancel: props.onCancel,
    }),
    renderResult && snapshot?.verdict ? renderResult(resultOf(snapshot.verdict)) : null,
    renderControls ? createElement("div", { className: props.controlsClassName, style: props.controlsStyle }, renderControls({ state, timeLeftMs: snapshot?.timeLeftMs ?? null, ...controls })) : null,
  );
}

export const LivenessView: ForwardRefExoticComponent<LivenessViewProps & RefAttributes<LivenessCheckElement>> = forwardRef(View);
LivenessView.displayName = "LivenessView";
