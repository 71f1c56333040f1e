/** The entry `liveness-capture/frame`: shows the gateway's check in a frame or in a window. Needs nothing else of the package. */
import type { FrameCode, FrameCommand, FrameMessage, FrameOptions, FrameProblem, FrameVersion, MessageOf } from "./messages.js";

export type { FrameCode, FrameCommand, FrameMessage, FrameOptions, FrameProblem, FrameVersion } from "./messages.js";

export interface FrameSettings extends FrameOptions {
  /** The gateway's address. It has to allow this page's origin (`--allow-frame`). */
  gateway: string | URL;
  /** Starts as soon as the page is ready. Default `false`. */
  autoStart?: boolean | undefined;
  /** How long the page may take to get ready, in milliseconds. Default `20000`. */
  timeout?: number | undefined;
  onReady?: ((message: MessageOf<"ready">) => void) | undefined;
  onResize?: ((message: MessageOf<"resize">) => void) | undefined;
  onSession?: ((message: MessageOf<"session">) => void) | undefined;
  onState?: ((message: MessageOf<"state">) => void) | undefined;
  onGuidance?: ((message: MessageOf<"guidance">) => void) | undefined;
  onProgress?: ((message: MessageOf<"progress">) => void) | undefined;
  onResult?: ((message: MessageOf<"result">) => void) | undefined;
  onError?: ((problem: FrameProblem) => void) | undefined;
  onCancel?: ((message: MessageOf<"cancel">) => void) | undefined;
}

/** Every type of message has its handler, which is called by the name that is made of the type's. */
type Handlers = { [T in FrameMessage["type"] as `on${Capitalize<T>}`]?: FrameSettings[`on${Capitalize<T>}`] };

export interface MountSettings extends FrameSettings {
  /** The frame's name for screen readers. Default `Liveness check`. */
  title?: string | undefined;
}

export interface WindowSettings extends FrameSettings {
  /** Leaves the window open after a result or a cancellation. Default `false`. */
  keepOpen?: boolean | undefined;
}

export interface Controls {
  /** Starts a check, unless one is running. */
  start(): void;
  /** Ends it, and releases the camera. */
  cancel(): void;
  /** Ends what is running, and starts anew. */
  retry(): void;
  /** Gives the person more time for getting into place. */
  extend(): void;
  /** Sets options for the next check; how it is shown (`locale`, `theme`, `mirrored`, `cameraPicker`, `fillLight`) counts at once. */
  set(options: FrameOptions): void;
  /** Takes the frame away, or closes the window, and with it ends what is running. */
  destroy(): void;
}

export interface LivenessFrame extends Controls {
  readonly element: HTMLIFrameElement;
}

export interface LivenessWindow extends Controls {
  /** `null`: the browser has opened none. */
  readonly window: Window | null;
}

const LOOK_MS = 300;
/** Settings that stay here; all others are the check's. */
const OWN = /^(gateway|autoStart|timeout|title|keepOpen|on[A-Z].*)$/;

/** Everything but the frame or window itself. */
interface Link {
  readonly url: string;
  readonly controls: Omit<Controls, "destroy">;
  ready(): boolean;
  tell(message: FrameMessage): void;
  fail(code: FrameCode, detail: string): void;
  end(): void;
}

function link(settings: FrameSettings, peer: () => Window | null | undefined, onMessage: (message: FrameMessage) => void): Link {
  const { origin } = location;
  if (origin === "null") throw new TypeError("this page has no origin");
  // Nothing that would be taken for an address of this page's, or run in it.
  const address = /^https?:\/\/[^?#]+/i.exec(`${settings.gateway}`)?.[0];
  if (!address) throw new TypeError("gateway must be an https: address");
  const url = new URL(address.replace(/\/*$/, "/embed"));
  url.searchParams.set("parent", origin);
  // Throws at once for what cannot be sent.
  const given = structuredClone(Object.fromEntries(Object.entries(settings).filter(([name]) => !OWN.test(name)))) as FrameOptions;
  /** The window whose page is ready: a frame that is moved in the page has another one, which loads anew. */
  let known: Window | null | undefined;
  const ready = (): boolean => !!known && known === peer();
  /** A check has been begun, and its end not been told. */
  let runs = false;
  let wanted = settings.autoStart;
  const post = (command: FrameCommand): void => peer()?.postMessage({ liveness: 1 satisfies FrameVersion, ...command }, url.origin);
  const sender = (type: "start" | "retry" | "cancel" | "extend") => (): void => {
    if (ready()) post({ type });
    else if (type !== "extend") wanted = type !== "cancel";
  };
  const tell = (message: FrameMessage): void => {
    if (message.type === "state") runs = !/idle|done|failed|cancelled/.test(message.state);
    onMessage(message);
    const name = "on" + message.type.replace(/./, (first) => first.toUpperCase());
    (settings as Handlers)[name as keyof Handlers]?.(message as never);
  };
  const fail = (code: FrameCode, detail: string): void => tell({ type: "error", code, detail, title: "The check could not be shown", retriable: true, advice: [] });
  const listen = ({ source, origin: from, data }: MessageEvent): void => {
    if (source !== peer() || from !== url.origin || data?.liveness !== (1 satisfies FrameVersion)) return;
    if (data.type === "ready") {
      // What ran in the page that was here before has gone with it, unheard.
      if (runs) tell({ type: "state", state: "cancelled" }), tell({ type: "cancel" });
      known = peer();
      post({ type: "options", options: given });
      if (wanted) post({ type: "start" });
      wanted = false;
    }
    tell(data);
  };
  addEventListener("message", listen);
  const late = setTimeout(() => {
    if (known) return;
    // The page has been told it failed and may have moved on: a camera must not start now.
    wanted = false;
    fail("frame_not_ready", `${url.origin} does not answer: does it allow ${origin} (--allow-frame)?`);
  }, settings.timeout ?? 20_000);
  return {
    url: url.href,
    ready: () => !!known,
    controls: {
      start: sender("start"),
      cancel: sender("cancel"),
      retry: sender("retry"),
      extend: sender("extend"),
      set(options) {
        Object.assign(given, structuredClone(options));
        if (ready()) post({ type: "options", options });
      },
    },
    tell,
    fail,
    end() {
      clearTimeout(late);
      removeEventListener("message", listen);
    },
  };
}

/** Shows the check in a frame in `container`, as high as it needs to be. Throws a TypeError if `gateway` is no address. */
export function mountLivenessFrame(container: Element, settings: MountSettings): LivenessFrame {
  const element = container.ownerDocument.createElement("iframe");
  const { url, controls, end } = link(settings, () => element.contentWindow, (message) => {
    if (message.type === "resize") element.style.height = `${message.height}px`;
  });
  element.title = settings.title ?? "Liveness check";
  element.allow = "camera";
  // By its properties: a policy may refuse the attribute.
  Object.assign(element.style, { display: "block", width: "100%", height: "40rem", border: "0" });
  element.src = `${url}&fit=content`;
  container.append(element);
  return {
    element,
    ...controls,
    destroy() {
      end();
      element.remove();
    },
  };
}

/** Opens the check in a window. Call it while a click is handled: browsers block windows that nobody has asked for. */
export function openLivenessWindow(settings: WindowSettings): LivenessWindow {
  let opened: Window | null = null;
  let over = false;
  const { url, controls, ready, tell, fail, end } = link(settings, () => opened, (message: { type: string; state?: string }) => {
    // Until another one begins, whatever else is told of this one.
    over = /result|cancel/.test(message.type) || (over && !/request/.test(message.state as string));
    if (over && !settings.keepOpen) opened?.close();
  });
  opened = open(url, "_blank", "popup,width=480,height=760");
  const gone = (): void => {
    end();
    if (!opened) fail("window_blocked", "open it while a click is handled");
    else if (!ready()) fail("window_closed", "closed, or out of reach by this page's Cross-Origin-Opener-Policy");
    else if (!over) tell({ type: "cancel" });
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    // Once it is gone its last message may still be on its way.
    timer = setTimeout(opened && !opened.closed ? look : gone, LOOK_MS);
  };
  look();
  return {
    window: opened,
    ...controls,
    destroy() {
      clearTimeout(timer);
      end();
      opened?.close();
    },
  };
}
