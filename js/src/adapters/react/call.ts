/** Calls a function of the page's. What it throws is reported to the console, and ends no check. */
export function call(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    if (typeof reportError === "function") reportError(error);
    else setTimeout(() => { throw error; });
  }
}
