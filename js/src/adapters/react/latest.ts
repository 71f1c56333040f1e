/** Small parts that all hooks need. */
import { useEffect, useLayoutEffect, useRef } from "react";

/** Layout effects, also of what Suspense or Activity hides: there the camera has to go off. A server has none. */
export const useCommit: typeof useLayoutEffect = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** The newest value, for what runs later: callbacks and options may be others at every render. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useCommit(() => {
    latest.current = value;
  });
  return latest;
}
