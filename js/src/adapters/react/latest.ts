/** Small parts that all hooks need. */
import { useEffect, useLayoutEffect, useRef } from "react";
import { onceVisible } from "../../core/seen.js";

/** Layout effects, also of what Suspense or Activity hides: there the camera has to go off. A server has none. */
export const useCommit: typeof useLayoutEffect = typeof document === "undefined" ? useEffect : useLayoutEffect;

/**
 * Calls `start` when the component is there and `wanted` and the page is visible, also when Suspense or Activity shows it again; `start` has to bear
 * being called while it runs. Not before StrictMode has mounted, unmounted and mounted, which it does once passive effects
 * have run.
 */
export function useStart(wanted: boolean, start: () => void): void {
  const latest = useLatest({ wanted, start });
  const settled = useRef(false);
  const turn = useRef(0);
  const begin = (): void => {
    const mine = turn.current;
    queueMicrotask(() => onceVisible(document, () => mine === turn.current && latest.current.start()));
  };
  useCommit(() => {
    if (wanted && settled.current) begin();
    return () => {
      turn.current += 1;
    };
  }, [wanted]);
  useEffect(() => {
    settled.current = true;
    if (latest.current.wanted) begin();
    return () => {
      settled.current = false;
    };
  }, []);
}

/** The newest value, for what runs later: callbacks and options may be others at every render. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useCommit(() => {
    latest.current = value;
  });
  return latest;
}
