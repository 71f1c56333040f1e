// The check in a frame or window of another page: shows the element, and speaks the protocol of docs/iframe.md.
import type { LivenessCheckElement } from "liveness-capture/element";
import "liveness-capture/element";
import type { FrameMessage, FrameOptions } from "liveness-capture/frame";
import { AskedSession } from "./asked_session.js";
import { VERSION, readAddress, readCommand } from "./commands.js";
import { element } from "./dom.js";
import { OPENER_GONE, TITLE, languageOf } from "./embed_texts.js";

const check = element("check", HTMLElement) as LivenessCheckElement;
const query = new URL(location.href).searchParams;
const root = document.documentElement;

/** Whoever shows this page, in a frame, or has opened it. */
const peer: Window | null = parent !== window ? parent : (opener as Window | null);
/** The one origin that is spoken with: told in the address, and confirmed by the gateway, which has put it into the page. */
const allowed = document.querySelector<HTMLMetaElement>('meta[name="liveness-parent"]')?.content ?? "";
const peerOrigin = allowed !== "" && query.get("parent") === allowed ? allowed : null;

/** How often a window looks whether its opener is still there, in milliseconds: no event tells. */
const OPENER_MS = 1_000;

function post(message: FrameMessage): void {
  if (peer && peerOrigin) peer.postMessage({ liveness: VERSION, ...message }, peerOrigin);
}

/** Shows a sentence in the place of the check. What is for the site's owner is in English, whatever the page's language is. */
function obstruct(sentence: string, language = "en"): void {
  const obstacle = element("obstacle", HTMLElement);
  obstacle.lang = language;
  obstacle.textContent = sentence;
  obstacle.hidden = false;
  check.hidden = true;
}

const asked = new AskedSession((request) => post({ type: "session", request }));

function set(options: FrameOptions): void {
  const { session, askSession, request, ...rest } = options;
  if (askSession !== undefined) check.session = askSession ? asked.open : null;
  if (session !== undefined) {
    if (check.session === asked.open) asked.answer(request, session);
    else check.session = session;
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    const attribute = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (value === null) check.removeAttribute(attribute);
    else check.setAttribute(attribute, String(value));
  }
  // A frame has no other page that would say the language.
  if (!check.hasAttribute("locale")) check.setAttribute("locale", navigator.language || "en");
  root.lang = check.getAttribute("locale") ?? "en";
  document.title = TITLE[languageOf(root.lang)] ?? "";
  root.dataset["theme"] = check.getAttribute("theme") ?? "auto";
}

function listen({ source, origin, data }: MessageEvent): void {
  if (source !== peer || origin !== peerOrigin) return;
  const reading = readCommand(data);
  if (!reading) return;
  if ("refusal" in reading) {
    // An answer that cannot be taken counts as "no session": the start does not wait for another.
    asked.answer(Object(data.options).request, null);
    const { code, detail } = reading.refusal;
    post({ type: "error", code, detail, title: "The message was refused", retriable: false, advice: [] });
    return;
  }
  const { command } = reading;
  if (command.type === "options") set(command.options);
  else check[command.type]();
}

/** Passes on what the element tells. */
function report(): void {
  check.addEventListener("liveness-state", ({ detail: { state } }) => post({ type: "state", state }));
  check.addEventListener("liveness-guidance", ({ detail }) => post({ type: "guidance", ...detail }));
  check.addEventListener("liveness-progress", ({ detail }) => post({ type: "progress", ...detail }));
  check.addEventListener("liveness-result", ({ detail }) => post({ type: "result", ...detail }));
  check.addEventListener("liveness-error", ({ detail: { code, detail, retriable, title, advice } }) => post({ type: "error", code, detail, retriable, title, advice: [...advice] }));
  check.addEventListener("liveness-cancel", () => post({ type: "cancel" }));
}

/** Tells how high the check is, whenever that changes. */
function followHeight(): void {
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(element("check", HTMLElement).getBoundingClientRect().height);
    if (height > 0 && height !== told) post({ type: "resize", height: (told = height) });
  }).observe(check);
}

/**
 * A window whose opener is gone has nobody left to tell: its camera is not to stay on for that. One that is loaded after its
 * opener was closed has none. A result stays to be read; the watch goes on, for the check may be done again.
 */
function endWithOpener(): void {
  const look = (): void => {
    if ((peer && !peer.closed) || check.snapshot.state === "done") return;
    clearInterval(watch);
    check.cancel();
    const language = languageOf(root.lang);
    obstruct(OPENER_GONE[language] ?? "", language);
  };
  const watch = setInterval(look, OPENER_MS);
  look();
}

/** Whether the page around a frame keeps the camera from it; where the browser does not tell, the check finds out. */
function isWithoutCamera(): boolean {
  const { featurePolicy } = document as { featurePolicy?: { allowsFeature(name: string): boolean } };
  return parent !== window && featurePolicy?.allowsFeature("camera") === false;
}

function begin(): void {
  element("unloaded", HTMLElement).remove();
  // The gateway that has served this page may be under a path.
  if (!check.hasAttribute("endpoint")) check.setAttribute("endpoint", new URL(".", location.href).href);
  if (query.get("fit") === "content") root.dataset["fit"] = "content";
  const { options, ignored } = readAddress(query);
  set(options);
  if (ignored.length > 0) console.warn(`ignored in the address: ${ignored.join(", ")} (docs/iframe.md)`);
  if (query.has("parent") && !peerOrigin) {
    return obstruct("This check cannot be shown here: this server has not confirmed that the page around it may do so. Open /embed as the gateway serves it.");
  }
  report();
  const usable = !isWithoutCamera();
  // First the ear, then the word.
  if (usable && peerOrigin) addEventListener("message", listen);
  post({ type: "ready" });
  if (!usable) {
    obstruct("This check cannot use the camera here: the frame it is shown in needs allow=\"camera\".");
    post({ type: "error", code: "camera_blocked_by_policy", title: "This frame may not use the camera", detail: "the iframe needs allow=\"camera\"", retriable: false, advice: [] });
    return;
  }
  check.hidden = false;
  followHeight();
  if (parent === window && peerOrigin) endWithOpener();
}

begin();
