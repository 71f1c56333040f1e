/** The element for a page's own bundle. The classic scripts have `element_script.ts` in this file's place. */

/** Defines `<liveness-check>`. */
export const defineElement = (): Promise<unknown> => import("../../element/index.js");

/** Where the script was loaded from; a bundle does not know. */
export const scriptAddress = (): string | null => null;
