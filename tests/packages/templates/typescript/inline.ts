import { LivenessCheck, LivenessError, type FailureCode } from "liveness-capture/inline";

export const start = (video: HTMLVideoElement): Promise<string> => new LivenessCheck({ video }).start().then(({ verdict }) => verdict);
export const codeOf = (error: unknown): FailureCode | null => (error instanceof LivenessError ? error.code : null);
