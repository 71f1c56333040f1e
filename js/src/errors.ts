/** What the page's own code can fail with before the Rust session is there to say it. */
const MESSAGES: Record<string, string> = {
  cancelled: "The check was cancelled.",
  engine_blocked_by_csp: "This site's security settings block the check. Please contact the site's owner.",
  engine_invalid: "The check could not be loaded. Please contact the site's owner.",
  engine_load_failed: "The check could not be loaded. Please check your connection and try again.",
  engine_wrong_mime_type: "The check could not be loaded. Please contact the site's owner.",
  internal: "Something went wrong. Please try again.",
  invalid_options: "The check is not set up correctly. Please contact the site's owner.",
  out_of_memory: "The browser ran out of memory. Please close other pages and try again.",
  simd_unsupported:
    "This browser is too old for the check. Please use Chrome 91, Firefox 89, Safari 16.4 or newer.",
};

const RETRIABLE = new Set(["cancelled", "engine_crashed", "engine_load_failed", "internal", "out_of_memory"]);

/** The plain form in which an error crosses worker and WebAssembly boundaries. */
export interface ErrorView {
  code: string;
  message: string;
  detail: string | null;
  retriable: boolean;
}

/** Why a check ended without a verdict. */
export class LivenessError extends Error {
  /** Stable code, for example `camera_denied`; the documentation lists them all. */
  readonly code: string;
  /** Technical detail for developers, never shown to the person. */
  readonly detail: string | null;
  /** Whether the person can usefully try again. */
  readonly retriable: boolean;

  constructor(view: ErrorView) {
    super(view.message);
    this.name = "LivenessError";
    this.code = view.code;
    this.detail = view.detail;
    this.retriable = view.retriable;
  }
}

/** An error of the page's own code. */
export function ownError(code: string, detail: string | null = null): LivenessError {
  const message = MESSAGES[code] ?? MESSAGES["internal"]!;
  return new LivenessError({ code, message, detail, retriable: RETRIABLE.has(code) });
}
