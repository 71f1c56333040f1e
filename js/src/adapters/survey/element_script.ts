/** The element for a classic script: in a file beside it. */

// Only known while the script itself runs.
const address = (document.currentScript as HTMLScriptElement | null)?.src || null;

/** Defines `<liveness-check>`. */
export function defineElement(): Promise<unknown> {
  if (!address) return Promise.reject(new Error("this script was not loaded by its address: use a script tag with src"));
  return import(new URL("element.js", address).href);
}

/** Where the script was loaded from. */
export const scriptAddress = (): string | null => address;
