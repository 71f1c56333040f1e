import type { CameraInUse } from "./cameras.js";
import type { LivenessError } from "./errors.js";
import type { RiskBand, Verdict } from "../generated/api.js";
import type { CheckView } from "../generated/wire.js";

/** The server's verdict. */
export interface VerdictResult {
  verdict: Verdict;
  /** 0 to 100. */
  score: number;
  /** 0 to 1. */
  realScore: number;
  type: RiskBand | null;
  model: string | null;
  sessionId: string;
  warning: string | null;
  warnings: string[] | null;
  inputSource: string | null;
  createdAt: string | null;
  /** The verdicts before this one, which were borderline; empty without `escalation`. */
  earlier: VerdictResult[];
  /** The server's complete answer, in the API's own spelling. */
  raw: Record<string, unknown>;
}

/** A consistent snapshot of a check. */
export interface Snapshot extends Omit<CheckView, "verdict" | "earlier" | "error" | "cause"> {
  /** The guidance as a sentence. */
  message: string;
  /** The camera in use; `null` until it is open, and for a file. */
  camera: CameraInUse | null;
  /** Whether the check has the camera on now. */
  cameraLive: boolean;
  verdict: VerdictResult | null;
  error: LivenessError | null;
}
