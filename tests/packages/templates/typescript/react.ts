import { type ReactNode, createElement, useRef } from "react";
import { LivenessProvider, LivenessView, useDetectionPipeline, useLiveness, useSmartFrameCapture, type LivenessSettings } from "liveness-capture/react";

/** As a page may put it together that reads its settings from somewhere. */
const unset: LivenessSettings = { baseUrl: undefined, model: undefined, modelVersion: undefined, assetBase: undefined, credentials: undefined, apiKey: undefined };

export function Check(): ReactNode {
  return createElement(LivenessProvider, unset, createElement(LivenessView, { ...unset, onResult: ({ verdict, confidence }) => console.log(verdict, confidence) }));
}

export function Own(): ReactNode {
  const videoRef = useRef<HTMLVideoElement>(null);
  const { detectionGate } = useDetectionPipeline({ videoRef });
  const { start } = useSmartFrameCapture({ videoRef, detectionGate, captureIntervalMs: undefined });
  const { message } = useLiveness({ videoRef });
  return createElement("button", { onClick: start }, message);
}

// @ts-expect-error: a key does not belong into a page.
export const withKey: LivenessSettings = { apiKey: "sk-1" };
