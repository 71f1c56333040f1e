/** The same in a dialog, which a button opens. */
import { type CSSProperties, type ReactElement, type ReactNode, createElement, useCallback, useId, useRef, useState } from "react";
import { call } from "./call.js";
import { useCommit, useLatest } from "./latest.js";
import { LivenessView, type LivenessViewProps } from "./liveness_view.js";

export interface LivenessModalProps extends LivenessViewProps {
  /** `inline`: without dialog and button. Default `modal`. */
  mode?: "inline" | "modal" | undefined;
  /** The dialog has been closed, in whichever way. A check that was running is cancelled. */
  onClose?: (() => void) | undefined;
  /** Default `true`. */
  showCloseButton?: boolean | undefined;
  /** What the close button is called. Default `Close`. */
  closeButtonText?: string | undefined;
  /** Default `Liveness check`. */
  title?: string | undefined;
  subtitle?: string | undefined;
  /** Default `Start verification`. */
  triggerButtonText?: string | undefined;
  /** A button of the page's own. */
  renderTrigger?: ((open: () => void) => ReactNode) | undefined;
}

/** The dialog exists only in a browser, where a strict policy lets scripts set styles. */
const DIALOG: CSSProperties = {
  boxSizing: "border-box",
  inlineSize: "min(46rem, 100vw - 1rem)",
  maxInlineSize: "none",
  maxBlockSize: "calc(100dvh - 1rem)",
  padding: 0,
  border: 0,
  borderRadius: "1.25rem",
  overflow: "auto",
  colorScheme: "light dark",
  background: "light-dark(#f5f6f3, #101513)",
  color: "light-dark(#14201c, #e8eeeb)",
  boxShadow: "0 0 0 100vmax rgb(0 0 0 / 0.45)",
  font: "100%/1.5 system-ui, sans-serif",
};
const HEADER: CSSProperties = { display: "flex", alignItems: "start", gap: "1rem", padding: "1rem clamp(0.75rem, 4vi, 1.8rem) 0" };
const HEADING: CSSProperties = { margin: 0, fontSize: "1.125rem", lineHeight: 1.3 };
const SUBTITLE: CSSProperties = { margin: "0.25rem 0 0", fontSize: "0.9375rem" };
const CLOSE: CSSProperties = {
  flex: "none",
  marginInlineStart: "auto",
  minBlockSize: "2.75rem",
  padding: "0 1rem",
  border: "1px solid currentColor",
  borderRadius: "0.85rem",
  background: "none",
  color: "inherit",
  font: "inherit",
  cursor: "pointer",
};
/** What the header leaves of the screen. */
const CONTENT = { "--liveness-block-size": "calc(100dvh - 7rem)", "--liveness-radius": "0" } as CSSProperties;

const PER_THEME = { light: { colorScheme: "light" }, dark: { colorScheme: "dark" } } as const;

export function LivenessModal(props: LivenessModalProps): ReactElement {
  const { mode = "modal", onClose, showCloseButton = true, closeButtonText = "Close", title = "Liveness check", subtitle, triggerButtonText = "Start verification", renderTrigger, ...view } = props;
  const [isOpen, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement | null>(null);
  const latest = useLatest(onClose);
  const heading = useId();
  const open = useCallback(() => setOpen(true), []);

  useCommit(() => {
    const shown = dialog.current;
    if (!isOpen || !shown) return;
    shown.showModal();
    const onEnd = (): void => {
      setOpen(false);
      call(() => latest.current?.());
    };
    shown.addEventListener("close", onEnd);
    return () => {
      shown.removeEventListener("close", onEnd);
      // Gives the focus back.
      shown.close();
    };
  }, [isOpen]);

  if (mode === "inline") return createElement(LivenessView, view);
  const trigger = renderTrigger ? renderTrigger(open) : createElement("button", { type: "button", onClick: open }, triggerButtonText);
  if (!isOpen) return createElement("div", null, trigger);
  const { className, style, cameraStyle, theme, ...check } = view;
  const scheme = theme === "light" || theme === "dark" ? PER_THEME[theme] : undefined;
  return createElement(
    "div",
    null,
    trigger,
    createElement(
      "dialog",
      { ref: dialog, className, style: { ...DIALOG, ...scheme, ...style }, "aria-labelledby": heading },
      createElement(
        "div",
        { style: HEADER },
        createElement(
          "div",
          null,
          createElement("h2", { id: heading, style: HEADING }, title),
          subtitle ? createElement("p", { style: SUBTITLE }, subtitle) : null,
        ),
        showCloseButton ? createElement("button", { type: "button", style: CLOSE, onClick: () => dialog.current?.close() }, closeButtonText) : null,
      ),
      createElement(LivenessView, { ...check, theme, cameraStyle: { ...CONTENT, ...cameraStyle } }),
    ),
  );
}
