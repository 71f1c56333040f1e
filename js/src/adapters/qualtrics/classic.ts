/** `qualtrics.classic.js`: the same as the global `LivenessQualtrics`, for the JavaScript of a question. */
import { leave, question } from "./index.js";

/** Each question may have loaded the script; but they share the Next button, so only one of them may hold it. */
(globalThis as { LivenessQualtrics?: object }).LivenessQualtrics ??= { question, leave };
