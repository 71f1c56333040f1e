// A session that the page's back end opens whenever a check starts: each has a time of its own, and is for one verdict.
import type { FailureCode } from "../generated/codes.js";
import type { GivenSession, LivenessOptions } from "../generated/options.js";

/** Opens a session for the check that starts. `signal` is aborted if that check ends before it has one. */
export type OpenSession = (start: { signal: AbortSignal }) => GivenSession | PromiseLike<GivenSession>;

/** A check's options as the element and the hooks take them. */
export interface PageOptions extends Omit<Partial<LivenessOptions>, "session"> {
  session?: GivenSession | OpenSession | undefined;
}

/** How long the page may take to have a session opened. */
const OPENING_MS = 20_000;

/** Why there is no session: a check's own code; `cancelled` if the page has aborted the check. */
export interface SessionFault {
  readonly code: FailureCode;
  readonly detail: string;
}

/** The options, once the page's session is open. Rejects with a {@link SessionFault}; whatever it gives that is not a session, the check refuses. */
export async function withSession<T extends PageOptions>(options: T, signal: AbortSignal): Promise<Omit<T, "session"> & Pick<LivenessOptions, "session">> {
  const { session, ...rest } = options;
  if (typeof session !== "function") return { ...rest, session };
  const page = options.signal;
  // Until the page's function is called, what throws is the page's `signal`, which may be anything.
  let code: FailureCode = "invalid_options";
  let end!: (why: FailureCode) => void;
  const ended = new Promise<never>((_, reject) => (end = (why) => reject((code = why))));
  // A page's function that aborts the check and throws leaves nobody to wait for it.
  ended.catch(() => undefined);
  const onAbort = (): void => end("cancelled");
  const timer = setTimeout(end, OPENING_MS, "request_timeout");
  try {
    page?.addEventListener("abort", onAbort, { signal });
    if (page?.aborted) throw (code = "cancelled");
    code = "network_error";
    // The check gets nothing else of what the back end has answered.
    const { id, token } = Object(await Promise.race([ended, session({ signal })])) as GivenSession;
    return { ...rest, session: { id, token } };
  } catch (error) {
    throw { code, detail: `${code === "invalid_options" ? "signal" : "session"}: ${error}` } satisfies SessionFault;
  } finally {
    clearTimeout(timer);
    page?.removeEventListener?.("abort", onAbort);
  }
}
