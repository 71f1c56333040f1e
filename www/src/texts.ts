// Every sentence the scripts put on the page.
export const STREAM_PRIVACY = "In this mode, whole pictures from your camera are sent";
export const LOCAL_MODEL_NOTE =
  "Decided by this server's own demonstration verifier. It is not certified and can be wrong.";
export const USE_FILE = "Use a video file instead";
export const ANOTHER_FILE = "Choose another video file";
export const ignoredNote = (names: readonly string[]): string =>
  `Ignored in this page's address, since not valid: ${names.join(", ")}.`;
