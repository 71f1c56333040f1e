/** The gateway's models, to choose from. */
import { useCallback, useEffect, useMemo, useState } from "react";
import type { LivenessError } from "../../core/index.js";
import { type ModelEntry, list } from "./models.js";
import { type LivenessSettings, refuse } from "./options.js";
import { useSettings } from "./provider.js";

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

export function useModels({ baseUrl, ...rest }: Pick<LivenessSettings, "baseUrl" | "apiKey"> = {}): UseModelsReturn {
  refuse(rest);
  const settings = useSettings();
  const from = baseUrl ?? settings.baseUrl;
  const { credentials } = settings;
  const [asked, ask] = useState(0);
  const [{ models, loading, error }, show] = useState<Fetched>({ models: [], loading: true, error: null });
  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    show((before) => ({ ...before, loading: true, error: null }));
    list({ baseUrl: from, credentials }, signal).then(
      (models) => signal.aborted || show({ models, loading: false, error: null }),
      (error: unknown) => signal.aborted || show({ models: [], loading: false, error: error as LivenessError }),
    );
    return () => aborter.abort();
  }, [from, credentials, asked]);
  const refetch = useCallback(() => ask((times) => times + 1), []);
  // The same lists at every render, so that effects may depend on them.
  const [activeModels, deprecatedModels] = useMemo(
    () => [false, true].map((old) => models.filter(({ deprecated }) => deprecated === old)) as [ModelEntry[], ModelEntry[]],
    [models],
  );
  return { models, activeModels, deprecatedModels, loading, error, refetch };
}
