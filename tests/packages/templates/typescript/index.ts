import { LivenessCheck, LivenessError, type FailureCode, type LivenessOptions, type VerdictResult } from "liveness-capture";

const options: LivenessOptions = { video: document.querySelector("video")!, endpoint: "/check", fps: 15 };

export async function verdict(): Promise<VerdictResult | FailureCode> {
  try {
    const result = await new LivenessCheck(options).start();
    const id: string = result.sessionId;
    return id.length > 0 ? result : "internal";
  } catch (error) {
    if (error instanceof LivenessError) return error.code;
    throw error;
  }
}

export async function followed(session: { id: string; token: string }): Promise<string> {
  const check = new LivenessCheck({ ...options, session });
  for await (const { state, message } of check) console.log(state, message);
  return (await check.result).verdict;
}

// @ts-expect-error: the code is a union of the known ones.
export const unknownCode: FailureCode = "no_such_code";
// @ts-expect-error: an option that does not exist.
export const unknownOption: LivenessOptions = { video: document.querySelector("video")!, colour: "red" };
