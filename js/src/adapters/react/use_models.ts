/** The gateway's models, to choose from. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { LivenessError } from "../../core/index.js";
import { type LivenessSettings, refuse } from "./options.js";
import { useSettings } from "./provider.js";

/** A model as the API lists it. */
export interface ModelEntry {
  id: string;
  label: string;
  description: string;
  /** How many pictures it needs. */
  min_frames: number;
  /** Whether to move to another one. */
  deprecated: boolean;
}

export interface UseModelsReturn {
  models: readonly ModelEntry[];
  activeModels: readonly ModelEntry[];
  deprecatedModels: readonly ModelEntry[];
  loading: boolean;
  error: LivenessError | null;
  refetch: () => void;
}

interface Fetched {
  models: readonly ModelEntry[];
  loading: boolean;
  error: LivenessError | null;
}

/** The list in an answer of the API's, with its envelope or without. */
export function modelsIn(body: unknown): ModelEntry[] {
  const { data = body } = Object(body) as { data?: unknown };
  const list: unknown = Array.isArray(data) ? data : (Object(data) as { models?: unknown }).models;
  if (!Array.isArray(list)) throw new LivenessError("unexpected_response", "no list of models");
  return list
    .filter((entry: unknown): entry is Partial<ModelEntry> & { id: string } => typeof (Object(entry) as ModelEntry).id === "string")
    .map(({ id, label, description, min_frames, deprecated }) => ({ id, label: label || id, description: description ?? "", min_frames: min_frames ?? 0, deprecated: deprecated === true }));
}

async function list(baseUrl: string, signal: AbortSignal): Promise<ModelEntry[]> {
  let answer: Response;
  try {
    answer = await fetch(`${baseUrl.replace(/\/+$/, "")}/api/v1/models`, { signal });
  } catch (error) {
    throw new LivenessError("network_error", String(error));
  }
  if (!answer.ok) throw new LivenessError("unexpected_response", `the list of models was answered with ${answer.status}`);
  return modelsIn(await answer.json().catch(() => null));
}

export function useModels({ baseUrl, ...rest }: Pick<LivenessSettings, "baseUrl" | "apiKey"> = {}): UseModelsReturn {
  refuse(rest);
  const settings = useSettings();
  const from = baseUrl ?? settings.baseUrl ?? "";
  const [asked, ask] = useState(0);
  const [{ models, loading, error }, show] = useState<Fetched>({ models: [], loading: true, error: null });
  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    show((before) => ({ ...before, loading: true, error: null }));
    list(from, signal).then(
      (models) => signal.aborted || show({ models, loading: false, error: null }),
      (error: unknown) => signal.aborted || show({ models: [], loading: false, error: error as LivenessError }),
    );
    return () => aborter.abort();
  }, [from, asked]);
  const refetch = useCallback(() => ask((times) => times + 1), []);
  // The same lists at every render, so that effects may depend on them.
  const [activeModels, deprecatedModels] = useMemo(
    () => [false, true].map((old) => models.filter(({ deprecated }) => deprecated === old)) as [ModelEntry[], ModelEntry[]],
    [models],
  );
  return { models, activeModels, deprecatedModels, loading, error, refetch };
}
