/** The entry `liveness-capture/react`: a check for React 18 and 19, by the names that users of the official SDK know. */
export { LivenessCheck, type LivenessCheckEvents, type LivenessCheckProps } from "./liveness_check.js";
export { LivenessView, type LivenessControls, type LivenessViewProps } from "./liveness_view.js";
export { LivenessModal, type LivenessModalProps } from "./liveness_modal.js";
export { LivenessProvider, LivenessProvider as MoverisProvider, type LivenessProviderProps } from "./provider.js";
export { useLiveness, type LivenessProgress, type UseLivenessConfig, type UseLivenessReturn } from "./use_liveness.js";
export { useCamera, type CameraPermissionStatus, type CameraValidationResult, type UseCameraOptions, type UseCameraReturn } from "./use_camera.js";
export { useModels, type UseModelsReturn } from "./use_models.js";
export type { ModelEntry } from "./models.js";
export { useSmartFrameCapture, type SmartCaptureQuality, type SmartCaptureState, type UseSmartFrameCaptureOptions, type UseSmartFrameCaptureReturn } from "./use_smart_frame_capture.js";
export { useDetectionPipeline, type UseDetectionPipelineOptions, type UseDetectionPipelineReturn } from "./use_detection_pipeline.js";
export type { CheckProps, LivenessEndpoint, LivenessSettings } from "./options.js";
export type { CapturedFrame, LivenessResult, LivenessState, OvalGuideState } from "./states.js";
export type { VideoHolder } from "./capture.js";
export { LivenessError, getCameraCapabilities, getOptimalConstraints, listCameras, preload, validateCameraRequirements } from "../../core/index.js";
export type { OpenSession } from "../../core/given_session.js";
export type { CameraCapabilities, LivenessOptions, Snapshot, VerdictResult } from "../../core/index.js";
export type { LivenessCheckElement, LivenessProblem, OwnWords } from "../../element/index.js";
