// As much of React as the package's hooks need: one component at a time, drawn anew at once when its state changes.
import { video } from "./lib_page.mjs";

/** The component that is being drawn. */
let drawn = null;

const isSame = (one, other) => one !== undefined && other !== undefined && one.length === other.length && one.every((value, at) => Object.is(value, other[at]));

function slot(make) {
  const at = drawn.at++;
  return (drawn.slots[at] ??= make());
}

function useEffect(run, deps) {
  const own = slot(() => ({ deps: null, run: null, leave: null }));
  if (own.run && isSame(own.deps, deps)) return;
  Object.assign(own, { run, deps });
  drawn.due.push(own);
}

function useMemo(make, deps) {
  const own = slot(() => ({ deps: null, value: null }));
  if (!own.deps || !isSame(own.deps, deps)) Object.assign(own, { deps, value: make() });
  return own.value;
}

function useState(first) {
  const { redraw } = drawn;
  const own = slot(() => ({
    value: first,
    set: (given) => {
      const value = typeof given === "function" ? given(own.value) : given;
      if (Object.is(own.value, value)) return;
      own.value = value;
      redraw();
    },
  }));
  return [own.value, own.set];
}

function useSyncExternalStore(subscribe, read) {
  const [, again] = useState(null);
  useEffect(() => subscribe(() => again({})), [subscribe]);
  return read();
}

/** To be installed as `globalThis.fakeReact` before a module is loaded. */
export const fakeReact = {
  createContext: (value) => ({ value }),
  createElement: (type, props, ...children) => ({ type, props: props ?? {}, children }),
  forwardRef: (render) => ({ render }),
  Fragment: "fragment",
  useCallback: (callback, deps) => useMemo(() => callback, deps),
  useContext: ({ value }) => value,
  useEffect,
  useImperativeHandle: () => undefined,
  useLayoutEffect: useEffect,
  useMemo,
  useRef: (current) => slot(() => ({ current })),
  useState,
  useSyncExternalStore,
};

/** All elements of a tree. */
export const elements = (node) => (Array.isArray(node) ? node.flatMap(elements) : node?.type ? [node, ...elements(node.children)] : []);

/**
 * Mounts a component, or a function that calls hooks. Returns what it has drawn last as `shown`, and functions that take its
 * effects away, as Activity does, and bring them back. (Suspense takes layout effects only; here all are.)
 */
export function mount(component) {
  const it = { slots: [], due: [], at: 0, shown: undefined, redraw, hide, show };
  let drawing = false;
  let again = false;

  function commit() {
    for (const { props } of elements(it.shown)) if (props.ref && !props.ref.current) props.ref.current = video();
    for (const effect of it.due.splice(0)) {
      effect.leave?.();
      effect.leave = effect.run() ?? null;
    }
  }

  function redraw() {
    again = true;
    if (drawing) return;
    drawing = true;
    while (again) {
      again = false;
      it.at = 0;
      const before = drawn;
      drawn = it;
      it.shown = component();
      drawn = before;
      commit();
    }
    drawing = false;
  }

  function hide() {
    for (const own of it.slots) {
      own.leave?.();
      if ("leave" in own) own.leave = null;
    }
  }

  function show() {
    it.due.push(...it.slots.filter((own) => "run" in own));
    commit();
  }

  redraw();
  return it;
}
