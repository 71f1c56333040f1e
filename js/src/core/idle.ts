import type { Snapshot } from "./types.js";

/** What a person is told while no check runs. */
export const SILENT = { guidance: "none", message: "", help: null, far: false, timeLeftMs: null } as const;

/** A check before anything has happened. In a file of its own for the element, which shows it before the core is there. */
export const IDLE: Snapshot = {
  state: "idle",
  ...SILENT,
  progress: 0,
  camera: null,
  cameraLive: false,
  sessionId: null,
  framesTaken: 0,
  framesRequired: 0,
  framesUploaded: 0,
  warnings: [],
  verdict: null,
  error: null,
};
