// The gateway's models, to choose from.
import type { LivenessCheckElement } from "liveness-capture/element";

interface ModelEntry {
  id: string;
  label?: string;
  min_frames: number;
  deprecated?: boolean;
}

const isEntry = (value: unknown): value is ModelEntry =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string" && "min_frames" in value && typeof value.min_frames === "number";

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
      const note = entry.deprecated ? ", deprecated" : "";
      const label = `${entry.id} (${entry.min_frames} pictures${note})`;
      const known = [...list.options].find(({ value }) => value === entry.id);
      if (known) known.text = label;
      else list.add(new Option(label, entry.id));
    }
  } catch (error) {
    console.warn("the gateway's models cannot be listed", error);
  }
}

function entriesOf(body: unknown): ModelEntry[] {
  const data = typeof body === "object" && body !== null && "data" in body ? body.data : body;
  const list = typeof data === "object" && data !== null && "models" in data ? data.models : data;
  return Array.isArray(list) ? list.filter(isEntry) : [];
}
