/** `<liveness-check>`: a check with everything around it, as one element. */
import type { OpenSession, PageOptions } from "../core/given_session.js";
import { IDLE } from "../core/idle.js";
import type { Camera, GivenSession, LivenessOptions, Trace } from "../core/index.js";
import { TERMINAL_STATES } from "../generated/codes.js";
import { adopt } from "./adopt.js";
import { Announcer } from "./announcer.js";
import { type AttributeName, ROWS, optionsFrom, reflect } from "./attributes.js";
import { Attempt, type AttemptOptions } from "./attempt.js";
import { Cues, cueFor } from "./cues.js";
import { recall } from "../core/memory.js";
import { focusOn, hasFocus } from "./focus.js";
import { type Language, type OwnWords, directionOf, english, isBuiltIn, loadLanguage, localeOf, watchLocale, withOwn } from "./language.js";
import { CameraPicker } from "./picker.js";
import { Presence } from "./presence.js";
import { type Situation, present, told } from "./present.js";
import type { Reflected } from "./reflected.js";
import { Renderer } from "./render.js";
import { set } from "./set.js";
import { situationOf } from "./situation.js";
import { type ElementSnapshot, withheld } from "./shown.js";
import { dress } from "./styles.js";
import { type Parts, build, centreGuide, fitGuide, label } from "./template.js";

/** On a server there is nothing to extend, and nothing is made of it. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** How long nothing is shown while the words of the page's language are fetched. */
const WORDS_WAIT_MS = 2_000;

/** Shows a snapshot that no check has made: for a gallery of all states. No part of the package's interface. */
const SHOW: unique symbol = Symbol.for("liveness-capture.show") as never;

export interface LivenessCheckElement extends Reflected {}

export class LivenessCheckElement extends Base {
  static readonly formAssociated = true;
  static readonly observedAttributes: readonly string[] = ROWS.map(({ attribute }) => attribute);

  /** Whether checks are recorded, from the next one on: for reports of problems. */
  recording = (this as { recording?: boolean }).recording === true;
  readonly #root: ShadowRoot;
  readonly #internals: ElementInternals | null;
  readonly #announcer = new Announcer(this);
  readonly #cues = new Cues();
  readonly #parts: Parts;
  readonly #renderer: Renderer;
  readonly #picker: CameraPicker;
  #language: Language = english("en");
  /** The tag whose words are shown, or are being fetched. */
  #wanted = "";
  #unwatchLocale = (): void => undefined;
  #ownWords: OwnWords = {};
  #options: Partial<LivenessOptions> = {};
  #sourceObject: Blob | MediaStream | null = null;
  #openSession: OpenSession | null = null;
  #attempt: Attempt | null = null;
  /** Whether a check was ever started here: after that `auto-start` starts no other. */
  #begun = false;
  #snapshot: ElementSnapshot = IDLE;
  #value: string | null = null;
  /** The `deviceId` of the camera used last. */
  #usedDeviceId: string | null = null;
  /** The person has started it here, and has not gone elsewhere since. */
  #startedHere = false;
  readonly #presence = new Presence(this, () => {
    this.cancel();
    this.#cues.close();
  });

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#internals = this.attachInternals?.() ?? null;
    dress(this.#root);
    this.#parts = build(this.#root);
    this.#renderer = new Renderer(this.#parts);
    this.#picker = new CameraPicker(this.#parts, () => this.#picks, (deviceId) => this.#onCamera(deviceId));
    const { start, cancel, stop, extend, video, app } = this.#parts;
    start.addEventListener("click", () => {
      this.#startedHere = true;
      this.start();
    });
    for (const button of [cancel, stop]) button.addEventListener("click", () => this.cancel());
    extend.addEventListener("click", () => this.extend());
    app.addEventListener("keydown", (event) => this.#onKey(event));
    this.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.contains(relatedTarget as Node)) this.#startedHere = false;
    });
    // The preview counts as on while it shows pictures, whatever the state is.
    for (const name of ["loadeddata", "playing", "resize"]) video.addEventListener(name, () => this.#picture(true));
    video.addEventListener("emptied", () => this.#picture(false));
    centreGuide(this.#parts);
  }

  // ---- what a page does with it ----

  /** Starts a check, unless one is running, or it is disabled. */
  start(): void {
    this.#start();
  }

  /** `opened` is the session of a check that this one goes on with. */
  #start(opened?: GivenSession): void {
    if (this.#refuses || (this.#attempt && !this.#attempt.over)) return;
    this.#cues.prepare(this.getAttribute("cues"));
    this.#renderer.clear();
    this.#light(false);
    this.#setValue(null);
    const attempt: Attempt = new Attempt(this.#optionsOfCheck(opened), this.recording, this.#said.element.notLoaded, (snapshot) => this.#attempt === attempt && this.#onChange(snapshot));
    this.#attempt = attempt;
    this.#begun = true;
    // One that is in no open page shows nobody that the camera is on.
    if (!this.#presence.seen) this.#presence.expect();
    void attempt.run();
  }

  /** Replaces the running check without reporting its end: nobody has cancelled it. */
  #replace(opened?: GivenSession, anew = false): void {
    if (this.#refuses) return this.cancel();
    const running = this.#attempt;
    const tells = anew && running?.over === false;
    this.#attempt = null;
    running?.cancel();
    // Whoever counts checks knows it by this from another camera, with which the same one goes on.
    if (tells) this.#announcer.tell((this.#snapshot = IDLE));
    this.#start(opened);
  }

  /** Ends a running check and releases the camera. */
  cancel(): void {
    this.#attempt?.cancel();
  }

  /** Starts anew, whatever is running. */
  retry(): void {
    this.#replace(undefined, true);
  }

  /** Back to the beginning: cancels what is running, and forgets how a check has ended. */
  reset(): void {
    const attempt = this.#attempt;
    this.cancel();
    // Whoever was told may have begun another one.
    if (this.#attempt !== attempt) return;
    this.#attempt = null;
    this.#setValue(null);
    this.#show(IDLE, false);
    this.#announcer.tell(IDLE);
  }

  /** Gives the person more time for getting into place; possible as often as need be. */
  extend(): void {
    this.#attempt?.extend();
  }

  /** The state of the check; without a verdict where `result="server"`. */
  get snapshot(): ElementSnapshot {
    return this.#snapshot;
  }

  /** The record of the newest check, if it was recorded: numbers and times, no pictures; no verdict either. */
  get trace(): Trace | null {
    return this.#attempt?.trace ?? null;
  }

  /** The session's id once the check is complete; what a form sends. */
  get value(): string | null {
    return this.#value;
  }

  /** The form it belongs to. */
  get form(): HTMLFormElement | null {
    return this.#internals?.form ?? null;
  }

  /** Further options of the check. What an attribute sets goes before them, and the preview is the element's own. */
  get options(): Partial<LivenessOptions> {
    return this.#options;
  }
  set options(options: Partial<LivenessOptions> | null) {
    this.#options = options ?? {};
    this.#refresh();
  }

  /**
   * A session that the back end has opened, the same as `session-id` and `session-token`; or a function that has one opened,
   * which every start calls. The check refuses one that is not whole.
   */
  get session(): GivenSession | OpenSession | null {
    if (this.#openSession) return this.#openSession;
    const [id, token] = [this.getAttribute("session-id"), this.getAttribute("session-token")];
    return id !== null && token !== null ? { id, token } : null;
  }
  set session(session: GivenSession | OpenSession | null) {
    const opens = typeof session === "function";
    this.#openSession = opens ? session : null;
    set(this, "session-id", session && !opens ? `${session.id ?? ""}` : null);
    set(this, "session-token", session && !opens ? `${session.token ?? ""}` : null);
  }

  /** Words of the page's own in the place of the package's. */
  get words(): OwnWords {
    return this.#ownWords;
  }
  set words(own: OwnWords | null) {
    this.#ownWords = own ?? {};
    this.#refresh();
  }

  /** `camera`, a camera's stream, or a video by its URL or as a Blob. Only a string has an attribute. */
  get source(): string | Blob | MediaStream | null {
    return this.#sourceObject ?? this.getAttribute("source");
  }
  set source(source: string | Blob | MediaStream | null) {
    this.#sourceObject = typeof source === "string" ? null : source;
    set(this, "source", typeof source === "string" ? source : null);
    this.#refresh();
  }

  // ---- what the browser does with it ----

  connectedCallback(): void {
    adopt(this, LivenessCheckElement.prototype);
    this.#presence.enter();
    const { video } = this.#parts;
    // Moving an element pauses its video.
    if (video.srcObject && video.paused) void video.play().catch(() => undefined);
    // Words that could not be fetched may be there now.
    this.#wanted = "";
    this.#settle();
    // In English, if the words do not come.
    setTimeout(() => this.#reveal(), WORDS_WAIT_MS);
    // Fetched now so that the start is quick; if it fails, the start tries again and reports it.
    void this.#picker.watch();
    // Not at once: what follows on the import, or on the insertion, may set options and a session.
    setTimeout(() => {
      if (this.#presence.seen && this.hasAttribute("auto-start") && !this.#begun) this.start();
    });
  }

  disconnectedCallback(): void {
    this.#presence.leave();
    this.#unwatchLocale();
    this.#picker.unwatch();
  }

  /** Another document, such as that of a window, takes the style sheets away. */
  adoptedCallback(): void {
    dress(this.#root);
  }

  /** A move by `moveBefore` changes nothing but what is around it. */
  connectedMoveCallback(): void {
    this.#settle();
  }

  attributeChangedCallback(name: string, _before: string | null, value: string | null): void {
    // What is set last counts.
    if (value !== null && name.startsWith("session-")) this.#openSession = null;
    if (name === "locale") void this.#follow();
    else this.#refresh();
  }

  formResetCallback(): void {
    this.reset();
  }

  /** By its own attribute, or by a fieldset that it is in. */
  formDisabledCallback(disabled: boolean): void {
    if (disabled) this.cancel();
    this.#refresh();
  }

  /** @internal */
  [SHOW](snapshot: ElementSnapshot, cameras: readonly Camera[] = []): void {
    this.#renderer.clear();
    this.#picker.unwatch();
    this.#picker.list(cameras);
    this.#show(snapshot, false);
  }

  // ---- how it works ----

  get #said(): Language {
    return withOwn(this.#language, this.#ownWords);
  }

  get #disabled(): boolean {
    // The attribute for browsers in which it is none of a form's elements.
    return this.hasAttribute("disabled") || this.matches(":disabled");
  }

  /** Whether nothing may start now. */
  get #refuses(): boolean {
    return this.#disabled || this.#presence.ending;
  }

  get #situation(): Situation {
    return situationOf(this, this.#shownSource, this.#options, this.#said);
  }

  get #shownSource(): unknown {
    return this.source ?? this.#options.source ?? "camera";
  }

  /** Whether the check opens a camera, of which the person may choose one. */
  get #picks(): boolean {
    return this.getAttribute("camera-picker") !== "off" && this.#shownSource === "camera";
  }

  #onCamera(deviceId: string): void {
    set(this, "device-id", deviceId);
    // The same check goes on with another camera.
    if (this.#parts.app.dataset["view"] === "run" && this.#attempt) this.#replace(this.#attempt.opened);
  }

  #optionsOfCheck(opened?: GivenSession): AttemptOptions {
    const own: PageOptions = optionsFrom((attribute: AttributeName) => this.getAttribute(attribute));
    if (this.#sourceObject) own.source = this.#sourceObject as NonNullable<LivenessOptions["source"]>;
    own.session = opened ?? this.#openSession ?? own.session ?? this.#options.session;
    // What is shown is the attribute's to say, so the mode is as well.
    return { ...this.#options, mode: undefined, ...own, video: this.#parts.video };
  }

  #onChange(full: ElementSnapshot): void {
    const before = this.#snapshot;
    const situation = this.#situation;
    const now = told(situation.withheld ? withheld(full) : full, situation.language);
    this.#snapshot = now;
    if (now.state === "done") this.#setValue(full.sessionId);
    const cue = cueFor(before.state, now.state);
    // Whoever has allowed a camera has thereby told the names of all.
    if (now.state !== before.state && (now.state === "positioning" || TERMINAL_STATES.has(now.state))) void this.#picker.look();
    if (cue) this.#cues.give(cue, this.getAttribute("cues"));
    this.#show(now, true);
    this.#announcer.tell(now);
  }

  #show(snapshot: ElementSnapshot, moveFocus: boolean): void {
    this.#snapshot = snapshot;
    const situation = this.#situation;
    const { app, stage, video, badge, pill } = this.#parts;
    const words = situation.language.element;
    const shown = present(snapshot, situation);
    const before = app.dataset["view"];
    const background = this.getAttribute("mode") === "background";
    const takesFocus = moveFocus && !background && before !== shown.view && hasFocus(this, this.#root, this.#startedHere);
    set(app, "data-mirrored", situation.mirrored ? "" : null);
    app.dataset["source"] = situation.fromFile ? "file" : "camera";
    video.setAttribute("aria-label", situation.fromFile ? words.previewFile : words.preview);
    badge.textContent = situation.fromFile ? words.fileShown : words.cameraOn;
    if (shown.dark && this.getAttribute("fill-light") !== "off") this.#light(true);
    if (TERMINAL_STATES.has(snapshot.state)) this.#picture(false);
    if (shown.view !== "run") centreGuide(this.#parts);
    this.#renderer.render(shown, snapshot, situation.language, { focusMoves: takesFocus, frozen: !this.#attempt });
    this.#parts.start.disabled = this.#parts.camera.disabled = this.#disabled;
    // The picture plays on unseen.
    stage.inert = background;
    pill.hidden = !(background && snapshot.cameraLive);
    // Nobody is looked at unseen, whatever words there are.
    if (snapshot.cameraLive && app.dataset["ready"] === undefined) this.#reveal();
    this.#usedDeviceId = snapshot.camera?.deviceId ?? this.#usedDeviceId;
    const { deviceId, rememberCamera } = this.#options;
    const wanted = [this.getAttribute("device-id") ?? deviceId, this.#usedDeviceId, rememberCamera && recall()];
    // Whoever is choosing goes on doing so.
    const choosing = this.#root.activeElement === this.#parts.camera && (shown.view !== "run" ? shown.view !== "success" : snapshot.state === "positioning");
    this.#picker.show(this.#picks && (shown.cameras || choosing), wanted);
    if (before !== shown.view) this.#validate();
    if (!takesFocus) return;
    this.#startedHere = true;
    focusOn(this.#parts, shown.view);
  }

  /** Shows the same again, in other words or otherwise. */
  #refresh(): void {
    label(this.#parts, this.#situation);
    this.#show(this.#snapshot, false);
    this.#validate();
  }

  /** Speaks the language of where it is now, and follows that. */
  #settle(): void {
    this.#unwatchLocale();
    this.#unwatchLocale = watchLocale(this, () => void this.#follow());
    void this.#follow();
  }

  /** Speaks the language that is wanted now. */
  async #follow(): Promise<void> {
    const tag = this.getAttribute("locale") ?? localeOf(this);
    if (tag === this.#wanted) return;
    this.#wanted = tag;
    const language = isBuiltIn(tag) ? english(tag) : await loadLanguage(tag);
    // Another one is wanted meanwhile.
    if (tag !== this.#wanted) return;
    this.#language = language;
    this.#refresh();
    this.#reveal();
  }

  /** Shows what there is, in the language that it is in. */
  #reveal(): void {
    const { app } = this.#parts;
    app.lang = this.#language.tag;
    app.dir = directionOf(this.#language.tag);
    app.dataset["ready"] = "";
  }

  #picture(on: boolean): void {
    const { app, badge, video } = this.#parts;
    const running = on && app.dataset["view"] === "run";
    set(app, "data-picture", running ? "" : null);
    badge.hidden = !running;
    if (running && video.videoWidth > 0) fitGuide(this.#parts, video.videoWidth, video.videoHeight);
  }

  /** Once lit it stays so for this check: a lamp that goes off again would make it dark again. */
  #light(on: boolean): void {
    set(this.#parts.app, "data-light", on ? "" : null);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#attempt || this.#attempt.over) return;
    // What is around it, such as a dialog, stays open.
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }

  #setValue(value: string | null): void {
    this.#value = value;
    this.#internals?.setFormValue(value);
    this.#validate();
  }

  #validate(): void {
    const missing = this.hasAttribute("required") && this.#value === null;
    const { start, cancel } = this.#parts;
    // A browser reports nothing at what is hidden.
    if (missing) this.#internals?.setValidity({ valueMissing: true }, this.#said.element.required, start.hidden ? cancel : start);
    else this.#internals?.setValidity({});
  }
}

reflect(LivenessCheckElement.prototype);
