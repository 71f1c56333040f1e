/** The element's attributes: one table for observing, reflecting, documenting, and for making options of them. */
import type { LivenessOptions } from "../generated/options.js";
import { set } from "./set.js";

/** A string, a number, one of some words (the first where it is absent or another), or whether it is there. */
export type AttributeKind = "text" | "number" | "flag" | readonly [string, ...string[]];

interface Row {
  readonly property: string;
  readonly kind: AttributeKind;
  /** The check's option that it sets. */
  readonly option?: keyof LivenessOptions;
}

const option = (property: keyof LivenessOptions, kind: AttributeKind = "text"): Row => ({ property, kind, option: property });

export const ATTRIBUTES = {
  mode: option("mode"),
  endpoint: option("endpoint"),
  transport: option("transport"),
  model: option("model"),
  "model-version": option("modelVersion"),
  "frame-count": option("frameCount", "number"),
  fps: option("fps", "number"),
  source: option("source"),
  "device-id": option("deviceId"),
  credentials: option("credentials"),
  "asset-base": option("assetBase"),
  "session-id": { property: "sessionId", kind: "text" },
  "session-token": { property: "sessionToken", kind: "text" },
  result: { property: "result", kind: ["shown", "server"] },
  locale: { property: "locale", kind: "text" },
  theme: { property: "theme", kind: ["auto", "light", "dark"] },
  mirrored: { property: "mirrored", kind: ["auto", "true", "false"] },
  "fill-light": { property: "fillLight", kind: ["auto", "off"] },
  "camera-picker": { property: "cameraPicker", kind: ["auto", "off"] },
  cues: { property: "cues", kind: "text" },
  "auto-start": { property: "autoStart", kind: "flag" },
  required: { property: "required", kind: "flag" },
  disabled: { property: "disabled", kind: "flag" },
  name: { property: "name", kind: "text" },
} as const satisfies Record<string, Row>;

export type AttributeName = keyof typeof ATTRIBUTES;

export const ROWS = Object.keys(ATTRIBUTES).map((attribute): Row & { readonly attribute: AttributeName } => {
  const name = attribute as AttributeName;
  return { attribute: name, ...ATTRIBUTES[name] };
});

/** An attribute as its property has it. */
export function fromAttribute(kind: AttributeKind, value: string | null): string | number | boolean | null {
  if (kind === "flag") return value !== null;
  if (typeof kind !== "string") return kind.includes(value ?? "") ? value : kind[0];
  if (value === null || kind === "text") return value;
  // An empty one is no zero.
  return value.trim() === "" ? Number.NaN : Number(value);
}

/** A property as its attribute; null: there is none. */
export function toAttribute(kind: AttributeKind, value: unknown): string | null {
  if (kind === "flag") return value ? "" : null;
  return value === null || value === undefined ? null : `${value}`;
}

/** The options that the attributes set. They are not judged: the core does that, and says what is wrong. */
export function optionsFrom(read: (attribute: AttributeName) => string | null): Partial<LivenessOptions> {
  const options: Record<string, unknown> = {};
  for (const { attribute, kind, option } of ROWS) {
    const value = read(attribute);
    if (option && value !== null) options[option] = fromAttribute(kind, value);
  }
  const [id, token] = [read("session-id"), read("session-token")];
  if (id !== null || token !== null) options["session"] = { id: id ?? undefined, token: token ?? undefined };
  return options as Partial<LivenessOptions>;
}

/** Gives a class the properties that reflect an attribute and nothing else: not those that it defines itself, as `source`. */
export function reflect(prototype: HTMLElement): void {
  for (const { attribute, property, kind } of ROWS) {
    if (Object.hasOwn(prototype, property)) continue;
    Object.defineProperty(prototype, property, {
      configurable: true,
      enumerable: true,
      get(this: HTMLElement) {
        return fromAttribute(kind, this.getAttribute(attribute));
      },
      set(this: HTMLElement, value: unknown) {
        set(this, attribute, toAttribute(kind, value));
      },
    });
  }
}
