/** Calls a function of the page's. What it throws belongs into the console, and must not end a check. */
export function call(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    if (typeof reportError === "function") reportError(error);
    else setTimeout(() => { throw error; });
  }
}
