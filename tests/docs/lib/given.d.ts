// What fragments of code take for granted: names that the text around them introduces.
import type { LivenessCheckElement } from "liveness-capture/element";
import type { GatewayOptions } from "liveness-capture/server";

declare global {
  /** The element; a fragment about a check of the page's own makes one. */
  var check: LivenessCheckElement;
  var element: LivenessCheckElement;
  var video: HTMLVideoElement;
  var hint: HTMLElement;
  var notice: HTMLElement;
  var byHand: HTMLElement;
  var stopButton: HTMLButtonElement;
  var endpoint: string;
  /** A session that the back end has opened. */
  var session: { id: string; token: string };
  /** On the back end. */
  var gateway: GatewayOptions;
  var id: string;
  var show: (...what: unknown[]) => void;

  interface ParentNode {
    // By an id a fragment means the element that it wants.
    querySelector(selector: `#${string}`): any;
  }
}
