/** `<liveness-check>` as a component: props are its attributes and properties, callbacks its events. */
import {
  type ForwardedRef, type ForwardRefExoticComponent, type HTMLAttributes, type ReactNode, type RefAttributes,
  createElement, forwardRef, useImperativeHandle, useRef,
} from "react";
import type { OpenSession } from "../../core/given_session.js";
import type { GivenSession, LivenessOptions } from "../../core/index.js";
import { type LivenessCheckElement, type LivenessElementEvents, type OwnWords } from "../../element/index.js";
import { ROWS, toAttribute } from "../../element/attributes.js";
import type { Reflected } from "../../element/reflected.js";
import { call } from "./call.js";
import { useCommit, useLatest, useStart } from "./latest.js";

type Detail<K extends keyof LivenessElementEvents> = LivenessElementEvents[K]["detail"];

/** The element's events, as callbacks with their details. The newest callback is called. */
export interface LivenessCheckEvents {
  /** Another state. */
  onState?: ((detail: Detail<"liveness-state">) => void) | undefined;
  /** The person is told something else, or what helps further. */
  onGuidance?: ((detail: Detail<"liveness-guidance">) => void) | undefined;
  /** A picture has been taken, or has arrived. */
  onProgress?: ((detail: Detail<"liveness-progress">) => void) | undefined;
  /** Complete; with `result="server"` there is no verdict. */
  onResult?: ((detail: Detail<"liveness-result">) => void) | undefined;
  /** Failed. */
  onError?: ((detail: Detail<"liveness-error">) => void) | undefined;
  /** Cancelled by the person, or by `cancel()`; not by taking the component away. */
  onCancel?: (() => void) | undefined;
}

type Attributes = { [K in keyof Reflected]?: Reflected[K] | undefined };
type Plain = Omit<HTMLAttributes<LivenessCheckElement>, keyof LivenessCheckEvents | keyof Attributes | "children">;

export interface LivenessCheckProps extends Plain, Attributes, LivenessCheckEvents {
  /** A camera's stream, or a video by its URL or as a Blob. Default: the camera. */
  source?: "camera" | MediaStream | Blob | string | null | undefined;
  /** A session that your back end has opened, or a function that has one opened, which every start calls. */
  session?: GivenSession | OpenSession | null | undefined;
  /** Options of a check that have no attribute. They count from the next start on. */
  options?: Partial<LivenessOptions> | null | undefined;
  /** Your own words in the place of the package's. */
  words?: OwnWords | null | undefined;
  /** Whether checks are recorded (`trace`). */
  recording?: boolean | undefined;
  /** For the element's slots: `<p slot="consent">…</p>`. */
  children?: ReactNode;
}

const EVENTS = {
  onState: "liveness-state",
  onGuidance: "liveness-guidance",
  onProgress: "liveness-progress",
  onResult: "liveness-result",
  onError: "liveness-error",
  onCancel: "liveness-cancel",
} as const satisfies Record<keyof LivenessCheckEvents, keyof LivenessElementEvents>;
const CALLBACKS = Object.keys(EVENTS) as (keyof typeof EVENTS)[];
/** After these the person has had a say: nothing starts by itself any more. */
const ENDS = /Result|Error|Cancel/;

/** The attributes, as a server writes them too; and what is no prop of the element's own. */
function split(props: LivenessCheckProps): { attributes: Record<string, unknown>; rest: Record<string, unknown> } {
  const rest: Record<string, unknown> = { ...props };
  const attributes: Record<string, unknown> = {};
  for (const { attribute, property, kind } of ROWS) {
    const value = rest[property];
    delete rest[property];
    const text = property === "source" && typeof value !== "string" ? null : toAttribute(kind, value);
    // React 19 sets the property, for which an empty string is false; earlier ones write what is given.
    if (text !== null) attributes[attribute] = kind === "flag" ? true : text;
  }
  // Started below, once the properties are set.
  delete attributes["auto-start"];
  const { session } = props;
  // What is missing the check names.
  if (session && typeof session !== "function") Object.assign(attributes, { "session-id": session.id ?? "", "session-token": session.token ?? "" });
  for (const name of [...CALLBACKS, "session", "options", "words", "recording", "children", "className"]) delete rest[name];
  return { attributes, rest };
}

function Check(props: LivenessCheckProps, ref: ForwardedRef<LivenessCheckElement>): ReactNode {
  const { source = null, session = null, options = null, words = null, recording = false, autoStart = false, children, className, hidden, inert } = props;
  const own = useRef<LivenessCheckElement | null>(null);
  const latest = useLatest(props);
  /** What the props have set, and whether a check has come to an end here. */
  const given = useRef({ options: null as object | null, words: null as string | null, session: false as OpenSession | false, ended: false }).current;

  useCommit(() => {
    if (!own.current || "cancel" in own.current) return;
    // React makes it in the document of its container.
    console.error("<liveness-check> was created in another window, where it is not known: docs/react.md says how it gets there");
    own.current = null;
  }, []);

  useImperativeHandle(ref, () => own.current as LivenessCheckElement, []);

  // What is set here is there before anything starts.
  useCommit(() => {
    const element = own.current;
    if (!element) return;
    if (options !== given.options) element.options = given.options = options;
    element.recording = recording;
    // A `session` that is not a function goes into the attributes. Only the prop's function is taken back: the page may have set
    // another through the ref.
    const open = typeof session === "function" && session;
    if (open || given.session === element.session) element.session = session;
    given.session = open;
    const object = typeof source === "string" ? null : source;
    const has = typeof element.source === "string" ? null : element.source;
    if (object !== has) element.source = object ?? (source as string | null);
    // They are drawn anew, so not for an object that only looks new.
    const text = words && JSON.stringify(words);
    if (text !== given.words) element.words = words;
    given.words = text;
  });

  useCommit(() => {
    const element = own.current;
    if (!element) return;
    const listening = CALLBACKS.map((name) => {
      const listener = (event: Event): void => {
        // Of a check inside one of the slots.
        if (event.target !== element) return;
        if (ENDS.test(name)) given.ended = true;
        call(() => (latest.current[name] as ((detail: unknown) => void) | undefined)?.((event as CustomEvent).detail));
      };
      element.addEventListener(EVENTS[name], listener);
      return () => element.removeEventListener(EVENTS[name], listener);
    });
    return () => {
      // Nobody is left to be told.
      for (const stop of listening) stop();
      element.cancel();
    };
  }, []);

  useStart(autoStart, () => {
    if (!given.ended) own.current?.start();
  });

  const { attributes, rest } = split(props);
  // React 18 would write a `false`, by which these are set, and `classname`.
  const plain = { hidden: hidden || undefined, inert: inert || undefined, class: className };
  return createElement("liveness-check", { ...rest, ...plain, ...attributes, ref: own }, children);
}

export const LivenessCheck: ForwardRefExoticComponent<LivenessCheckProps & RefAttributes<LivenessCheckElement>> = forwardRef(Check);
LivenessCheck.displayName = "LivenessCheck";
