import type { FrameVersion } from "liveness-capture/frame";

/**
 * Runs before everything else on the page for frames, as a classic script: in a sandbox without an origin no module is
 * loaded, and somebody has to say so.
 */
function sayWhatIsMissing(): void {
  const obstacle = document.getElementById("obstacle");
  if (!obstacle) return;
  obstacle.textContent =
    "This check cannot run here: the frame it is shown in has a sandbox. The page around it has to add allow-scripts and allow-same-origin to it, or leave the sandbox away.";
  obstacle.hidden = false;
  document.getElementById("unloaded")?.remove();
}

if (globalThis.origin === "null") {
  document.addEventListener("DOMContentLoaded", sayWhatIsMissing);
  // The gateway has put it here if it is allowed.
  const allowed = document.querySelector<HTMLMetaElement>('meta[name="liveness-parent"]')?.content;
  const problem = { liveness: 1 satisfies FrameVersion, type: "error", code: "frame_sandboxed", title: "The frame has a sandbox", detail: "the sandbox must have allow-scripts and allow-same-origin", retriable: false, advice: [] };
  if (allowed && parent !== globalThis.self) parent.postMessage(problem, allowed);
}
