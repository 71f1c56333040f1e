/** The element's looks. A constructed style sheet: no policy forbids it, and all elements share it. */

/** The names begin with an underscore: what is in a slot inherits them, and must not take them for its own. */
const LIGHT = `
--_page: var(--liveness-background, #f5f6f3); --_surface: var(--liveness-surface, #ffffff);
--_ink: var(--liveness-ink, #14201c); --_muted: var(--liveness-muted, #53605b); --_line: var(--liveness-line, #d6dcd6);
--_accent: var(--liveness-accent, #0e6a5b); --_accent-ink: var(--liveness-accent-ink, #ffffff); --_accent-soft: var(--liveness-accent-soft, #d9ebe6);
--_good: var(--liveness-good, #177245); --_bad: var(--liveness-bad, #b3402a); --_unclear: var(--liveness-unclear, #8a6206);
--_veil: var(--liveness-veil, rgb(245 246 243 / 0.8)); --_shadow: 0 1px 2px rgb(20 32 28 / 0.06), 0 12px 32px -12px rgb(20 32 28 / 0.18);
color-scheme: light;`;
const DARK = `
--_page: var(--liveness-background, #101513); --_surface: var(--liveness-surface, #18201d);
--_ink: var(--liveness-ink, #e8eeeb); --_muted: var(--liveness-muted, #a3b0aa); --_line: var(--liveness-line, #2c3733);
--_accent: var(--liveness-accent, #66d4bd); --_accent-ink: var(--liveness-accent-ink, #05211b); --_accent-soft: var(--liveness-accent-soft, #1c3b34);
--_good: var(--liveness-good, #6fd79b); --_bad: var(--liveness-bad, #ff9d87); --_unclear: var(--liveness-unclear, #eac36a);
--_veil: var(--liveness-veil, rgb(16 21 19 / 0.8)); --_shadow: 0 1px 2px rgb(0 0 0 / 0.4), 0 16px 40px -16px rgb(0 0 0 / 0.6);
color-scheme: dark;`;

/** The light theme in white, without the page's colours, which may be those of a dark one. */
const LIT = LIGHT.replace(/var\(--liveness-[\w-]+, ([^()]*)\)/g, "$1").replace(/(--_(?:page|surface|veil)): [^;]*;/g, "$1: #ffffff;");

/** Text beside the picture, where there is room for both. */
const WIDE = `
.app {
  display: grid; grid-template: ". stage" 1fr "copy stage" auto "actions stage" auto ". stage" 1.6fr / minmax(15rem, 1fr) minmax(0, 1.3fr);
  gap: 0 clamp(1.25rem, 5cqi, 4.5rem); min-block-size: 0;
}
.app[data-view] .copy { grid-area: copy; align-self: end; text-align: start; min-block-size: 12.5rem; display: grid; align-content: end; }
.stage { grid-area: stage; align-self: center; justify-self: end; aspect-ratio: 4 / 3; min-block-size: 0; max-block-size: none;
  inline-size: min(100%, calc((var(--_room) - 2 * var(--_pad)) * 4 / 3)); }
.actions { grid-area: actions; align-self: start; padding-block-start: var(--_gap); }
.steps, .buttons, .notice { justify-content: flex-start; text-align: start; }`;

/** A phone on its side: the buttons take the place of what is only there to look at. */
const LOW = `
.app:not([data-view="run"]) { display: flex; }
.app:not([data-view="run"]) :is(.copy, .actions) { align-self: stretch; }
.app:not([data-view="run"]) .stage { display: contents; }
.app:not([data-view="run"]) .stage > :not(.cameras) { display: none; }
.app:not([data-view="run"]) .cameras { position: static; margin: 0.75rem 0 0; padding: 0; background: none; }`;

const CSS = `
:host { display: block; isolation: isolate; inline-size: 100%; max-inline-size: 76rem; margin-inline: auto; container-type: inline-size; text-align: start;
  font: var(--liveness-font, 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif); }
:host([hidden]) { display: none; }
.app { ${LIGHT} }
@media (prefers-color-scheme: dark) { .app { ${DARK} } :host([theme="light"]) .app { ${LIGHT} } }
:host([theme="dark"]) .app { ${DARK} }
*, *::before, *::after { box-sizing: border-box; }
h2, p, ol, ul { margin: 0; padding: 0; font-size: 1em; }
ol, ul { list-style: none; }
[hidden] { display: none !important; }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--_accent); outline-offset: 3px; }
/* Headings, the notice and the whole only receive the focus so that they are read out. */
[tabindex="-1"]:focus-visible { outline: none; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.app {
  --_gap: var(--liveness-gap, clamp(0.75rem, 3cqi, 1.5rem)); --_pad: var(--liveness-padding, clamp(0.75rem, 4cqi, 2rem));
  --_room: var(--liveness-block-size, 100dvh);
  position: relative; display: flex; flex-direction: column; gap: var(--_gap); padding: var(--_pad);
  min-block-size: clamp(26rem, min(44rem, 200cqi), max(26rem, var(--_room)));
  border-radius: var(--liveness-radius, 1.5rem); background: var(--_page); color: var(--_ink);
}
.app:not([data-ready]) { visibility: hidden; }
.copy { min-inline-size: 0; min-block-size: 12.25rem; }
.app[data-view="run"] .copy, .app[data-view="success"] .copy { text-align: center; }
.view { animation: appear 0.25s ease-out; }
@keyframes appear { from { opacity: 0; transform: translateY(0.35rem); } }

.steps { display: flex; flex-wrap: wrap; justify-content: center; gap: 0.35rem 1.25rem; margin-block-end: 0.75rem; font-size: 0.875rem; color: var(--_muted); }
.steps li { display: flex; align-items: center; gap: 0.45rem; }
.steps li::before { content: ""; inline-size: 0.55rem; block-size: 0.55rem; border-radius: 50%; border: 2px solid var(--_muted); }
.steps .passed::before { background: var(--_accent); border-color: var(--_accent); }
.steps [aria-current] { color: var(--_ink); font-weight: 620; }
.steps [aria-current]::before { border-color: var(--_accent); box-shadow: 0 0 0 3px var(--_accent-soft); }
.title { font-size: clamp(1.25rem, 0.95rem + 2cqi, 2.25rem); line-height: 1.15; letter-spacing: -0.015em; font-weight: 680; min-block-size: 1.15em; text-wrap: balance; overflow-wrap: break-word; }
.lead { margin-block-start: 0.5rem; color: var(--_muted); text-wrap: pretty; }
.app[data-view="run"] .lead { text-wrap: balance; min-block-size: 1.5em; }
.count { margin-block-start: 0.4rem; color: var(--_muted); font-size: 0.9375rem; font-variant-numeric: tabular-nums; min-block-size: 1.5em; }
.consent { margin-block-start: 1rem; padding-block-start: 1rem; border-block-start: 1px solid var(--_line); font-size: 0.9375rem; color: var(--_muted); text-wrap: pretty; }
.advice { display: grid; gap: 0.6rem; margin-block-start: 1rem; text-align: start; }
.advice li { position: relative; padding-inline-start: 1.4rem; }
.advice li::before { content: ""; position: absolute; inset-inline-start: 0.15rem; inset-block-start: 0.55em; inline-size: 0.45rem; block-size: 0.45rem; border-radius: 50%; background: var(--_accent); }
.code { margin-block-start: 1rem; font-size: 0.875rem; color: var(--_muted); }
code { font: 0.875rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }

.actions { position: var(--liveness-actions-position, static); inset-block-end: 0; z-index: 1; min-block-size: 3.5rem; padding-block: 0.25rem; background: var(--_page); }
.buttons { display: flex; flex-wrap: wrap; justify-content: center; gap: 0.75rem; }
.button, ::slotted(button) {
  min-block-size: 3rem; padding: 0.65rem 1.4rem; border: 1px solid var(--_muted); border-radius: var(--liveness-button-radius, 0.85rem);
  background: var(--_surface); color: var(--_ink); font: inherit; font-weight: 600; overflow-wrap: anywhere; cursor: pointer; transition: border-color 0.15s, transform 0.1s;
}
.button:hover { border-color: var(--_ink); }
.button:active { transform: translateY(1px); }
.button:disabled { opacity: 0.5; pointer-events: none; }
#start { background: var(--_accent); border-color: var(--_accent); color: var(--_accent-ink); min-inline-size: min(9.5rem, 100%); }
#start:hover { border-color: var(--_ink); }
.app[data-retry="second"] #start { background: var(--_surface); border-color: var(--_muted); color: var(--_ink); }
/* Two buttons instead of one, and still one row, unless the letters are large. */
.app[data-hurry] .buttons { gap: 0.5rem; }
.app[data-hurry] .button { padding-inline: 0.75rem; }
#extend { background: var(--_accent); border-color: var(--_accent); color: var(--_accent-ink); }
#extend:hover { border-color: var(--_ink); }
.notice { font-size: 0.9375rem; color: var(--_muted); text-align: center; }
.notice:not(:empty) { margin-block-end: 0.75rem; }

.stage {
  position: relative; overflow: hidden; isolation: isolate; flex: 1 1 11.5rem; min-block-size: 11.5rem; max-block-size: max(11.5rem, 122cqi);
  inline-size: min(100%, 34rem); align-self: center; border-radius: var(--liveness-stage-radius, 1.5rem); background: var(--_surface); box-shadow: var(--_shadow);
}
.preview { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; object-fit: cover; opacity: 0; transition: opacity 0.3s; }
.app[data-mirrored] .preview { transform: scaleX(-1); }
.app[data-picture] .preview { opacity: 1; }
.guide { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; fill: none; stroke-linecap: round; stroke-linejoin: round; }
.scrim { fill: var(--_surface); transition: fill 0.4s; }
.app[data-picture] .scrim { fill: var(--_veil); }
.figure { stroke: var(--_muted); stroke-width: 0.9; opacity: 0.45; }
.app:is([data-picture], [data-mark]) .figure { display: none; }
.track { stroke: var(--_line); stroke-width: 1.3; }
.app[data-picture] .track { stroke: color-mix(in srgb, var(--_line) 60%, var(--_muted)); }
.ring { stroke: var(--_accent); stroke-width: 2.2; opacity: 0; transition: stroke-dasharray 0.15s linear, opacity 0.2s; }
.app:is([data-state="capturing"], [data-state="uploading"]) .ring { opacity: 1; }
.waiting { stroke: var(--_accent); stroke-width: 2.2; display: none; animation: travel 1.6s linear infinite; }
.app[data-waiting] .waiting { display: inline; }
@keyframes travel { to { stroke-dashoffset: -100; } }
/* Seen on whatever the camera shows: the accent with a rim of the surface's own colour. */
.arrow { display: none; stroke: var(--_accent); stroke-width: 2.6; filter: drop-shadow(0 0 0.4px var(--_surface)) drop-shadow(0 0 0.4px var(--_surface)); animation: nudge 1.1s ease-in-out infinite alternate; }
@keyframes nudge { from { opacity: 0.5; } }
.mark { display: none; stroke: var(--_verdict); stroke-width: 3.2; }
${["left", "right", "up", "down", "closer", "back"].map((arrow) => `.app[data-arrow="${arrow}"] .arrow[data-arrow="${arrow}"]`).join()},
${["live", "fake", "inconclusive", "complete", "problem"].map((mark) => `.app[data-mark="${mark}"] .mark[data-mark="${mark}"]`).join()} { display: inline; }
.app { --_verdict: var(--_muted); }
.app:is([data-mark="live"], [data-mark="complete"]) { --_verdict: var(--_good); }
.app[data-mark="fake"] { --_verdict: var(--_bad); }
.app[data-mark="inconclusive"] { --_verdict: var(--_unclear); }
.app[data-view="success"] .track { stroke: var(--_verdict); stroke-width: 2.2; }
.badge {
  position: absolute; inset-block-start: 0.75rem; inset-inline-start: 0.75rem; display: flex; align-items: center; gap: 0.45rem;
  padding: 0.2rem 0.7rem; border-radius: 1rem; font-size: 0.8125rem; font-weight: 600; background: var(--_surface); color: var(--_ink);
}
.badge::before { content: ""; inline-size: 0.5rem; block-size: 0.5rem; border-radius: 50%; background: var(--_bad); }
/* On the picture, where it moves nothing when it comes. */
.cameras {
  position: absolute; inset-block-end: 0.4rem; inset-inline: 0; inline-size: fit-content; max-inline-size: calc(100% - 1.5rem); margin-inline: auto;
  display: flex; align-items: center; justify-content: center; gap: 0.6rem; white-space: nowrap; padding: 0.35rem 0.75rem; border-radius: 1rem;
  font-size: 0.9375rem; background: var(--_surface); color: var(--_ink);
}
/* Where there is no picture, the guide is above it. */
.app:not([data-picture]) .guide:has(~ .cameras:not([hidden])) { block-size: calc(100% - 3rem); }
.camera {
  min-block-size: 2.25rem; min-inline-size: 0; max-inline-size: min(100%, 18rem); padding: 0.25rem 0.5rem; border: 1px solid var(--_muted); border-radius: 0.6rem;
  background: var(--_surface); color: var(--_ink); font: inherit; text-overflow: ellipsis;
}
.app[data-source="file"] .badge::before { background: var(--_muted); }

/* In the background only a notice is left, in a corner of the window unless the page puts the element elsewhere. */
.room { display: none; }
:host([mode="background"]) { container-type: normal; position: fixed; inset-block: auto 1rem; inset-inline: auto 1rem; inline-size: auto; z-index: 2147483647; }
:host([mode="background"]) .app { display: block; min-block-size: 0; padding: 0; background: none; }
:host([mode="background"]) .app > :not(.stage, .room) { display: none; }
:host([mode="background"]) .stage { position: absolute; inline-size: 1px; min-block-size: 1px; block-size: 1px; overflow: hidden; opacity: 0; }
:host([mode="background"]) .room { display: block; }
.pill { display: flex; flex-wrap: wrap; align-items: center; justify-content: end; gap: 0.25rem 0.75rem; padding: 0.3rem; padding-inline-start: 0.9rem; border: 1px solid var(--_line); border-radius: 2rem; background: var(--_surface); box-shadow: var(--_shadow); }
.pill .badge { position: static; padding: 0; background: none; }
.pill .button { min-block-size: 2rem; padding: 0.2rem 0.9rem; border-radius: 2rem; font-size: 0.8125rem; }

/* The screen as a lamp: white, and as much of it as there is. */
.app[data-light][data-view="run"] { ${LIT} }

/* What a page does not want to see (React's showControls, showOverlay, showResult). */
:host([data-without~="controls"]) :is(#start, #cancel),
:host([data-without~="overlay"]) .guide,
:host([data-without~="result"]) [data-for="success"] { display: none; }

@container (min-width: 60rem) { ${WIDE} }
@container (min-width: 40rem) { @media (orientation: landscape) { ${WIDE} } }
@container (min-width: 40rem) { @media (orientation: landscape) and (max-height: 32rem) { ${LOW} } }
@container (max-width: 24rem) { .app:not([data-view="run"]) .button { inline-size: 100%; } }

@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
  .waiting { stroke-dasharray: 100 0; opacity: 0.5; }
}
@media (forced-colors: active) {
  .ring, .waiting, .arrow, .mark { stroke: Highlight; }
  .app[data-view] .track { stroke: CanvasText; }
  .scrim, .app[data-picture] .scrim { fill: Canvas; }
  .stage, .badge, .cameras { border: 1px solid CanvasText; }
  .steps .passed::before { background: Highlight; }
}
`;

/** One for each document: they are not shared between them. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

/** Dresses a shadow tree. A browser without constructed style sheets cannot run a check either; it is told so. */
export function dress(root: ShadowRoot): void {
  if (!("adoptedStyleSheets" in root)) {
    console.warn("<liveness-check> has no style: this browser has no adoptedStyleSheets (Chrome 73, Firefox 101 and Safari 16.4 have them)");
    return;
  }
  const { ownerDocument } = root;
  const view = ownerDocument.defaultView as (Window & typeof globalThis) | null;
  let sheet = sheets.get(ownerDocument);
  // Without a window nothing is seen.
  if (!sheet && view) {
    sheet = new view.CSSStyleSheet();
    sheet.replaceSync(CSS.replace(/\/\*.*?\*\/|\n\s*/gs, (found) => (found.startsWith("/*") ? "" : " ")));
    sheets.set(ownerDocument, sheet);
  }
  if (sheet) root.adoptedStyleSheets = [sheet];
}
