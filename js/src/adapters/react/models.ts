/** The gateway's list of models. Knows nothing of React. */
import { absolute } from "../../core/address.js";
import { LivenessError } from "../../core/index.js";
import type { ModelEntry } from "../../generated/api.js";
import type { LivenessSettings } from "./options.js";

export type { ModelEntry };

const numberOr0 = (value: unknown): number => (typeof value === "number" ? value : 0);

/** The list in an answer of the API's, with its envelope or without. */
export function modelsIn(body: unknown): ModelEntry[] {
  const { data = body } = Object(body) as { data?: unknown };
  const list: unknown = Array.isArray(data) ? data : (Object(data) as { models?: unknown }).models;
  if (!Array.isArray(list)) throw new LivenessError("unexpected_response", "no list of models");
  return list
    .filter((entry: unknown): entry is Partial<ModelEntry> & { id: string } => typeof (Object(entry) as ModelEntry).id === "string")
    .map(({ id, label, description, min_frames, deprecated, credits }) => ({
      id,
      label: label || id,
      description: description ?? "",
      min_frames: numberOr0(min_frames),
      deprecated: deprecated === true,
      credits: numberOr0(credits),
    }));
}

/** The models of the gateway at this address; without one, of the page's own origin, wherever a `<base>` leads. */
export async function list({ baseUrl, credentials = "same-origin" }: LivenessSettings, signal: AbortSignal): Promise<ModelEntry[]> {
  let answer: Response;
  try {
    answer = await fetch(`${absolute(baseUrl || "/").replace(/\/+$/, "")}/api/v1/models`, { signal, credentials });
  } catch (error) {
    throw new LivenessError("network_error", String(error));
  }
  if (!answer.ok) throw new LivenessError("unexpected_response", `the list of models was answered with ${answer.status}`);
  return modelsIn(await answer.json().catch(() => null));
}
