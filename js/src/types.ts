import type { LivenessError } from "./errors.js";

/** Where a check stands. */
export type CheckState =
  | "idle"
  | "requesting-camera"
  | "loading"
  | "positioning"
  | "capturing"
  | "uploading"
  | "verifying"
  | "done"
  | "failed"
  | "cancelled";

/** Waiting times in milliseconds. */
export interface Timeouts {
  /** From the prompt to the camera. Default 60,000. */
  camera?: number;
  /** Until the detector is ready. Default 30,000. */
  loading?: number;
  /** From the first frame to the last usable one. Default 60,000. */
  positioning?: number;
  /** Without any frame. Default 8,000. */
  stall?: number;
  /** From the last frame to the last acknowledgement. Default 60,000. */
  upload?: number;
  /** Until the verdict. Default 60,000. */
  verify?: number;
  /** One HTTP request. Default 30,000. */
  request?: number;
}

/** A face detector of the page's own. */
export interface Detector {
  /** An ONNX file, fetched as the page's other files are. */
  url: string | URL;
  /** What its input and outputs mean: MediaPipe's short-range BlazeFace, or YuNet as OpenCV has it. */
  kind: "blazeface" | "yunet";
  /** Side of its square input in pixels. Default: 128 for BlazeFace, 320 for YuNet. */
  side?: number;
}

/** Options of a check. */
export interface LivenessOptions {
  /** Shows the preview. The check sets `srcObject` (or `src`), `muted` and `playsinline`. */
  video: HTMLVideoElement;
  /** Base URL of the gateway or of a Moveris-compatible proxy. Default: the page's own origin. */
  endpoint?: string;
  /** `sessions` (default), or the documented `crops` and `stream` endpoints. */
  transport?: "sessions" | "crops" | "stream";
  /** Model id, for example `mixed-30-v2`. Default: the gateway's. */
  model?: string;
  /** Frame count, with `modelVersion`. */
  frameCount?: number;
  /** `X-Model-Version`, for example `latest`. */
  modelVersion?: string;
  /** Frames a second, 1 to 30. Default 10. */
  fps?: number;
  /** The camera (default), or a video as Blob, File or URL. */
  source?: "camera" | Blob | string;
  /** A camera's `deviceId`. */
  deviceId?: string;
  /** Extra request headers. Never an API key: the gateway holds that. */
  headers?: Record<string, string>;
  /** `fetch` credentials mode. Default `same-origin`. */
  credentials?: "omit" | "same-origin" | "include";
  /** Crop geometry. Default `square-context`: 3 x the face, black outside the frame. */
  cropRule?: "square-context" | "frame-margin";
  /** Folder of wasm, worker and model. Default: beside this module. */
  assetBase?: string | URL;
  /** Forces one way of reading frames, for diagnosis. Default: the best the browser has. */
  framePath?: "auto" | "track-processor" | "video-frame" | "image-bitmap" | "canvas";
  /** A face detector in place of the built-in one; loads a larger wasm file. */
  detector?: Detector;
  timeouts?: Timeouts;
  /** Cancels the check. */
  signal?: AbortSignal;
}

/** Options of `preload`. */
export interface PreloadOptions {
  /** The `assetBase` that the check will have. */
  assetBase?: string | URL;
}

/** What the server decided. */
export interface VerdictResult {
  verdict: "live" | "fake" | "inconclusive";
  /** 0 to 100. */
  score: number;
  /** 0 to 1. */
  realScore: number;
  type: "VERY LOW" | "LOW" | "MEDIUM" | "HIGH" | "VERY HIGH" | null;
  model: string | null;
  sessionId: string;
  warning: string | null;
  warnings: string[] | null;
  inputSource: string | null;
  createdAt: string | null;
  /** The server's answer in the API's own spelling. */
  raw: Record<string, unknown>;
}

/** One consistent picture of a check. */
export interface Snapshot {
  state: CheckState;
  /** What the person should do, as a stable word, for example `move-closer`. */
  guidance: string;
  /** The same as a sentence. */
  message: string;
  /** How much is captured and sent, 0 to 1: half for each. */
  progress: number;
  sessionId: string | null;
  framesTaken: number;
  framesRequired: number;
  framesUploaded: number;
  verdict: VerdictResult | null;
  error: LivenessError | null;
}
