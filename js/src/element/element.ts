/** `<liveness-check>`: a check with everything around it, as one element. */
import type { OpenSession } from "../core/given_session.js";
import { IDLE } from "../core/idle.js";
import type { Camera, GivenSession, LivenessOptions, Trace } from "../core/index.js";
import { onceVisible } from "../core/seen.js";
import { TERMINAL_STATES } from "../generated/codes.js";
import { adopt } from "./adopt.js";
import { Announcer } from "./announcer.js";
import { ROWS, reflect } from "./attributes.js";
import { Attempt, type AttemptOptions } from "./attempt.js";
import { CheckSettings } from "./check_settings.js";
import { Cues } from "./cues.js";
import { focusOn, hasFocus } from "./focus.js";
import { FormValue } from "./form_value.js";
import { light, putOut } from "./lamp.js";
import { type OwnWords, directionOf } from "./language.js";
import { CameraPicker } from "./picker.js";
import { Presence } from "./presence.js";
import { present, told } from "./present.js";
import { presses } from "./presses.js";
import type { Reflected } from "./reflected.js";
import { Renderer } from "./render.js";
import { set } from "./set.js";
import { keepInSight } from "./sight.js";
import { type ElementSnapshot, withheld } from "./shown.js";
import { Speech } from "./speech.js";
import { dress } from "./styles.js";
import { type Parts, build, centreGuide, fitGuide, label, labelPicture } from "./template.js";

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
  readonly #form = new FormValue(this);
  readonly #announcer = new Announcer(this);
  readonly #cues = new Cues();
  readonly #parts: Parts;
  readonly #renderer: Renderer;
  readonly #picker: CameraPicker;
  readonly #follow: ReturnType<typeof presses>;
  readonly #speech = new Speech(this, () => (this.#refresh(), this.#reveal()));
  readonly #settings = new CheckSettings(this);
  #attempt: Attempt | null = null;
  /** Whether a check was ever started here: after that `auto-start` starts no other. */
  #begun = false;
  #snapshot: ElementSnapshot = IDLE;
  /** What is shown, in the core's own words. */
  #shown: ElementSnapshot = IDLE;
  /** The `deviceId` of the camera used last. */
  #usedDeviceId: string | null = null;
  /** The person has started it here, and has not gone elsewhere since. */
  #startedHere = false;
  /** The browser has taken the focus away because the element is disabled, which it may do before anybody is told that it is. */
  #dropped = false;
  readonly #presence = new Presence(this, () => {
    this.cancel();
    this.#cues.close();
    if (!this.#presence.seen) this.#picker.unwatch();
  });

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    dress(this.#root);
    this.#parts = build(this.#root);
    this.#renderer = new Renderer(this.#parts);
    this.#picker = new CameraPicker(this.#parts, () => this.#picks, (deviceId) => this.#onCamera(deviceId));
    const { stop, extend, video, app } = this.#parts;
    this.#follow = presses(this.#parts, () => ((this.#startedHere = true), this.start()), () => this.cancel());
    stop.addEventListener("click", () => this.cancel());
    extend.addEventListener("click", () => this.extend());
    app.addEventListener("keydown", (event) => this.#onKey(event));
    this.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !this.contains(relatedTarget as Node)) this.#startedHere = false;
    });
    // Of what is in a slot the page takes care.
    app.addEventListener("focusout", ({ target, relatedTarget }) => (this.#dropped = !relatedTarget && this.#form.disabled && app.contains(target as Node)));
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

  /** With these options, or those that the page has set. */
  #start(options?: AttemptOptions): void {
    if (this.#refuses || (this.#attempt && !this.#attempt.over)) return;
    this.#cues.prepare(this.getAttribute("cues"));
    this.#renderer.clear();
    putOut(this.#parts.app);
    this.#setValue(null);
    const attempt: Attempt = new Attempt(options ?? this.#settings.ofStart(this.#parts.video), this.recording, (snapshot) => this.#attempt === attempt && this.#onChange(snapshot));
    this.#attempt = attempt;
    this.#begun = true;
    // One that is in no open page shows nobody that the camera is on.
    if (!this.#presence.seen) this.#presence.expect();
    keepInSight(attempt, this, this.#parts.app);
    void attempt.run();
  }

  /** Replaces the running check without reporting its end: nobody has cancelled it. With `deviceId` it goes on with that camera. */
  #replace(deviceId?: string): void {
    if (this.#refuses) return this.cancel();
    const running = this.#attempt;
    const tells = deviceId === undefined && running?.over === false;
    this.#attempt = null;
    running?.cancel();
    // Whoever counts checks knows it by this from another camera, with which the same one goes on.
    if (tells) this.#announcer.tell((this.#shown = this.#snapshot = IDLE));
    this.#start(deviceId === undefined ? undefined : this.#settings.ofCamera(this.#parts.video, deviceId, running?.opened));
  }

  /** Ends a running check and releases the camera. */
  cancel(): void {
    this.#attempt?.cancel();
  }

  /** Starts anew, whatever is running. */
  retry(): void {
    this.#replace();
  }

  /** Back to the beginning: cancels what is running, and forgets how a check has ended. */
  reset(): void {
    const attempt = this.#attempt;
    this.cancel();
    // Whoever was told may have begun another one.
    if (this.#attempt !== attempt) return;
    this.#attempt = null;
    this.#settings.terms = null;
    this.#setValue(null);
    this.#show((this.#snapshot = IDLE), true);
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
    return this.#form.value;
  }

  /** The form it belongs to. */
  get form(): HTMLFormElement | null {
    return this.#form.form;
  }

  /** Further options of the check. What an attribute sets goes before them, and the preview is the element's own. */
  get options(): Partial<LivenessOptions> {
    return this.#settings.options;
  }
  set options(options: Partial<LivenessOptions> | null) {
    this.#settings.options = options ?? {};
    this.#refresh();
  }

  /** The attribute's text "false" counts as its absence: some frameworks write it where they are to bind `false`, and no camera is asked for. */
  get autoStart(): boolean {
    return this.hasAttribute("auto-start") && this.getAttribute("auto-start") !== "false";
  }
  set autoStart(starts: boolean) {
    set(this, "auto-start", starts && `${starts}` !== "false" ? "" : null);
  }

  /**
   * A session that the back end has opened, the same as `session-id` and `session-token`; or a function that has one opened,
   * which every start calls. The check refuses one that is not whole.
   */
  get session(): GivenSession | OpenSession | null {
    return this.#settings.session;
  }
  set session(session: GivenSession | OpenSession | null) {
    this.#settings.session = session;
  }

  /** Words of the page's own in the place of the package's. */
  get words(): OwnWords {
    return this.#speech.own;
  }
  set words(own: OwnWords | null) {
    this.#speech.own = own ?? {};
    this.#refresh();
  }

  /** `camera`, a camera's stream, or a video by its URL or as a Blob. Only a string has an attribute. */
  get source(): string | Blob | MediaStream | null {
    return this.#settings.source;
  }
  set source(source: string | Blob | MediaStream | null) {
    this.#settings.source = source;
    this.#refresh();
  }

  // ---- what the browser does with it ----

  connectedCallback(): void {
    adopt(this, LivenessCheckElement.prototype);
    this.#presence.enter();
    const { video } = this.#parts;
    // Moving an element pauses its video.
    if (video.srcObject && video.paused) void video.play().catch(() => undefined);
    this.#speech.forget();
    this.#speech.settle();
    // In English, if the words do not come.
    setTimeout(() => this.#reveal(), WORDS_WAIT_MS);
    // Fetched now so that the start is quick; if it fails, the start tries again and reports it.
    void this.#picker.watch();
    // Not at once: what follows on the import, or on the insertion, may set options and a session.
    setTimeout(() => onceVisible(this.ownerDocument, () => {
      if (this.#presence.seen && this.autoStart && !this.#begun) this.start();
    }));
  }

  disconnectedCallback(): void {
    this.#presence.leave();
    this.#speech.leave();
    this.#picker.unwatch();
  }

  /** Another document, such as that of a window, takes the style sheets away. */
  adoptedCallback(): void {
    dress(this.#root);
  }

  /** A move by `moveBefore` changes nothing but what is around it. */
  connectedMoveCallback(): void {
    this.#speech.settle();
  }

  attributeChangedCallback(name: string, _before: string | null, value: string | null): void {
    if (value !== null) this.#settings.attribute(name);
    if (name === "locale") void this.#speech.follow();
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
    this.#show((this.#snapshot = snapshot), false);
  }

  // ---- how it works ----

  /** Whether nothing may start now. */
  get #refuses(): boolean {
    return this.#form.disabled || this.#presence.ending;
  }

  /** Whether the person may choose a camera: for the next check, and for the one that runs, which starts anew with it. */
  get #picks(): boolean {
    const { next, terms } = this.#settings;
    return this.getAttribute("camera-picker") !== "off" && next.opens && (this.#attempt?.over !== false || terms?.opens === true);
  }

  #onCamera(deviceId: string): void {
    set(this, "device-id", deviceId);
    // The same check goes on with another camera.
    if (this.#parts.app.dataset["view"] === "run" && this.#attempt) this.#replace(deviceId);
  }

  #onChange(full: ElementSnapshot): void {
    const before = this.#snapshot;
    let now = (this.#snapshot = this.#settings.situation(this.#speech.said).withheld ? withheld(full) : full);
    // The page gets the error itself, in words that it keeps.
    const untold = (this.#shown = { ...now, error: now.error && { ...now.error } });
    if (now.state === "done") this.#setValue(full.sessionId);
    // Whoever has allowed a camera has thereby told the names of all.
    if (now.state !== before.state && (now.state === "positioning" || TERMINAL_STATES.has(now.state))) void this.#picker.look();
    this.#cues.follow(before.state, now.state, this.getAttribute("cues"));
    for (const language of [this.#speech.said, this.#speech.plain]) {
      try {
        now = this.#snapshot = told(untold, language, full.error);
        this.#show(untold, true, language);
        break;
      } catch (fault) {
        // As with the page's own words that cannot be used: the check goes on, and its result is kept and shown.
        reportError(fault);
        // Whoever hears of that may end the check.
        if (this.#snapshot !== now) return;
      }
    }
    this.#announcer.tell(now);
  }

  #show(snapshot: ElementSnapshot, moveFocus: boolean, language = this.#speech.said): void {
    this.#shown = snapshot;
    const situation = this.#settings.situation(language);
    const { app, stage, pill, start, camera } = this.#parts;
    const shown = present(snapshot, situation);
    const before = app.dataset["view"];
    const noticed = !pill.hidden;
    const background = this.getAttribute("mode") === "background";
    const losesFocus = this.#form.disabled && (this.#dropped ? hasFocus(this, this.#root, true) : [start, camera].some((control) => control.matches(":focus")));
    this.#dropped = false;
    const takesFocus = losesFocus || (moveFocus && !background && before !== shown.view && hasFocus(this, this.#root, this.#startedHere));
    labelPicture(this.#parts, situation);
    light(app, shown.light, this.getAttribute("fill-light") === "off");
    if (TERMINAL_STATES.has(snapshot.state)) this.#picture(false);
    if (shown.view !== "run") centreGuide(this.#parts);
    this.#follow(shown, snapshot);
    this.#renderer.render(shown, snapshot, situation.language, { focusMoves: takesFocus, frozen: !this.#attempt });
    start.disabled = camera.disabled = this.#form.disabled;
    // The picture plays on unseen.
    stage.inert = background;
    pill.hidden = !(background && snapshot.cameraLive);
    // Nobody is looked at unseen, whatever words there are.
    if (snapshot.cameraLive && app.dataset["ready"] === undefined) this.#reveal();
    this.#usedDeviceId = snapshot.camera?.deviceId ?? this.#usedDeviceId;
    // Whoever is choosing goes on doing so, until pictures are taken.
    const choosing = this.#root.activeElement === camera && shown.step < 2 && snapshot.state !== "capturing";
    this.#picker.show(this.#picks && (shown.cameras || choosing), this.#settings.cameras(this.#usedDeviceId));
    if (before !== shown.view || noticed === pill.hidden) this.#validate();
    if (!takesFocus) return;
    this.#startedHere = true;
    focusOn(this.#parts, shown.view);
  }

  /** Shows the same again, in other words or otherwise. */
  #refresh(): void {
    label(this.#parts, this.#settings.situation(this.#speech.said, this.#settings.next));
    this.#show(this.#shown, false);
    this.#validate();
    // Own words may be in a language of their own.
    if (this.#parts.app.dataset["ready"] !== undefined) this.#reveal();
  }

  /** Shows what there is, in the language that it is in. */
  #reveal(): void {
    const { app } = this.#parts;
    const { tag } = this.#speech.said;
    app.lang = tag;
    app.dir = directionOf(tag);
    app.dataset["ready"] = "";
  }

  #picture(on: boolean): void {
    const { app, badge, video } = this.#parts;
    const running = on && app.dataset["view"] === "run";
    set(app, "data-picture", running ? "" : null);
    badge.hidden = !running;
    if (running && video.videoWidth > 0) fitGuide(this.#parts, video.videoWidth, video.videoHeight);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#attempt || this.#attempt.over) return;
    // What is around it, such as a dialog, stays open.
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }

  #setValue(value: string | null): void {
    this.#form.value = value;
    this.#validate();
  }

  #validate(): void {
    const { start, cancel, stop } = this.#parts;
    this.#form.validate(this.#speech.said.element.required, start, cancel, stop);
  }
}

reflect(LivenessCheckElement.prototype);
