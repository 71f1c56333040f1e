/** For developers, in English: what to change so that a failure does not happen again. */
import type { FailureCode } from "../generated/codes.js";

const FILES =
  "Serve the package's files: `npx liveness-capture assets FOLDER` copies them, the option assetBase names the folder. Or import liveness-capture/inline. See docs/hosting.md.";

const MIXED = "The files are damaged, or from different versions of the package: copy them again.";

const HINTS: Partial<Record<FailureCode, string>> = {
  camera_insecure_context: "Serve the page over https://, or from localhost.",
  camera_blocked_by_policy: 'Frames need allow="camera", sandboxed ones allow-same-origin; no Permissions-Policy may forbid it.',
  engine_file_missing: FILES,
  engine_wrong_mime_type: `Serve .wasm as application/wasm and .js as text/javascript. ${FILES}`,
  engine_blocked_by_policy:
    "The policy must allow the package's files in script-src and worker-src, 'wasm-unsafe-eval', and trusted-types liveness-capture. See docs/hosting.md.",
  engine_cross_origin: "Serve the file with Access-Control-Allow-Origin, or from this page's own origin (option assetBase).",
  engine_invalid: MIXED,
  engine_crashed: `If it happens every time: ${MIXED}`,
  internal: `If it happens every time: ${MIXED}`,
  invalid_options: "`detail` names the option and what it takes.",
  origin_not_allowed: "Start the gateway with --allow-origin and this page's origin.",
  host_not_allowed: "Start the gateway with --allow-host and the host of `endpoint`.",
  network_error: "If it happens to everybody: is `endpoint` right, and do the gateway and connect-src allow this page?",
  proxy_refused: "A proxy, firewall or sign-in page has answered: `detail` has the status. See docs/sessions.md.",
  proxy_too_large: "Let the proxy take larger bodies (nginx: client_max_body_size), or use transport sessions.",
  not_found: "Is `endpoint` right? The gateway's /api/v1 must be under it.",
  invalid_key: "The gateway's MOVERIS_API_KEY was refused; or use transport sessions, others need --paid-checks anyone.",
};

export const hintFor = (code: FailureCode): string => HINTS[code] ?? `See docs/errors.md for ${code}.`;
