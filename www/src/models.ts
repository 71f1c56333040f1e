// The gateway's models, to choose from.
import type { LivenessCheckElement } from "liveness-capture/element";

interface ModelEntry {
  id: string;
  /** 0: the gateway does not tell. */
  min_frames: number;
  deprecated: boolean;
}

/** Fills the list, and has the next check run on what is chosen. A gateway that does not tell leaves its default. */
export async function offerModels(list: HTMLSelectElement, check: LivenessCheckElement): Promise<void> {
  const { endpoint, model } = check.options;
  // What the page's address names is used whether the gateway lists it or not.
  if (model) list.add(new Option(model, model, false, true));
  list.addEventListener("change", () => {
    const { model: _, ...others } = check.options;
    check.options = list.value ? { ...others, model: list.value } : others;
  });
  try {
    const answer = await fetch(`${String(endpoint).replace(/\/+$/, "")}/api/v1/models`);
    const body: unknown = await answer.json();
    for (const entry of entriesOf(body)) {
      const notes = [entry.min_frames && `${entry.min_frames} pictures`, entry.deprecated && "deprecated"].filter(Boolean);
      const label = notes.length > 0 ? `${entry.id} (${notes.join(", ")})` : entry.id;
      const known = [...list.options].find(({ value }) => value === entry.id);
      if (known) known.text = label;
      else list.add(new Option(label, entry.id));
    }
  } catch (error) {
    console.warn("the gateway's models cannot be listed", error);
  }
}

/** The list in an answer of the API's, with its envelope or without, by the same rules as `useModels`. */
export function entriesOf(body: unknown): ModelEntry[] {
  const { data = body } = Object(body) as { data?: unknown };
  const list: unknown = Array.isArray(data) ? data : (Object(data) as { models?: unknown }).models;
  if (!Array.isArray(list)) throw new TypeError("no list of models");
  return list
    .map((entry: unknown) => Object(entry) as Partial<ModelEntry>)
    .filter((entry): entry is Partial<ModelEntry> & { id: string } => typeof entry.id === "string")
    .map(({ id, min_frames, deprecated }) => ({ id, min_frames: typeof min_frames === "number" ? min_frames : 0, deprecated: deprecated === true }));
}
