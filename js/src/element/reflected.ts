/** The types of the properties that reflect an attribute; null where there is none. `attributes.ts` makes them. */
import type { LivenessOptions } from "../core/index.js";

type Given<K extends keyof LivenessOptions> = NonNullable<LivenessOptions[K]> | null;

export interface Reflected {
  /** `background`: while the person does something else. */
  mode: Given<"mode">;
  /** Base URL of the gateway. */
  endpoint: string | null;
  transport: Given<"transport">;
  model: string | null;
  modelVersion: string | null;
  frameCount: number | null;
  fps: number | null;
  /** A camera's `deviceId`. */
  deviceId: string | null;
  credentials: Given<"credentials">;
  /** Folder of the package's files. */
  assetBase: string | null;
  sessionId: string | null;
  sessionToken: string | null;
  /** `server`: neither page nor person learns the verdict, only that the check is complete. */
  result: "shown" | "server";
  /** Language; where there is none, the nearest `lang`. */
  locale: string | null;
  theme: "auto" | "light" | "dark";
  /** `auto`: the camera is, a file is not. */
  mirrored: "auto" | "true" | "false";
  /** `auto`: the screen lights the face where it is dark. */
  fillLight: "auto" | "off";
  /** `auto`: where there are several cameras, the person may choose. */
  cameraPicker: "auto" | "off";
  /** `sound`, `vibration` or both. */
  cues: string | null;
  /** Starts by itself. */
  autoStart: boolean;
  /** A form is not sent before the check is complete. */
  required: boolean;
  /** Nothing starts, as in a `<fieldset disabled>`. */
  disabled: boolean;
  name: string | null;
}
