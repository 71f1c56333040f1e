/** Waits for the element's file, but not for ever: a server that never answers must not keep people from going on. */
import { defineElement } from "./element_module.js";

/** How long it may take. */
const LIMIT_MS = 20_000;

/** Defines the element. After the limit `onLate` is called, and it may still come. Rejects if it cannot be loaded. */
export async function defineInTime(onLate: (error: Error) => void, define: () => Promise<unknown> = defineElement): Promise<void> {
  const timer = setTimeout(() => onLate(new Error(`not there after ${LIMIT_MS / 1_000} seconds`)), LIMIT_MS);
  try {
    await define();
  } finally {
    clearTimeout(timer);
  }
}
