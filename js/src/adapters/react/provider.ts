/** What all checks below it have in common. */
import { type ReactElement, type ReactNode, createContext, createElement, useContext } from "react";
import { type LivenessSettings, refuse, warnOf } from "./options.js";

const NONE: LivenessSettings = {};
const Context = createContext<LivenessSettings>(NONE);

export interface LivenessProviderProps extends LivenessSettings {
  children?: ReactNode;
}

/** Gives the gateway's address and the model to all checks below it. */
export function LivenessProvider(props: LivenessProviderProps): ReactElement {
  refuse(props);
  warnOf(props);
  const { children, ...settings } = props;
  return createElement(Context.Provider, { value: settings }, children);
}

/** What the nearest provider gives. */
export const useSettings = (): LivenessSettings => useContext(Context);
