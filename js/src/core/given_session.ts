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

/** The options, once the page's session is open. Rejects with a {@link SessionFault}; what is no session, the check refuses. */
export async function withSession<T extends PageOptions>(options: T, signal: AbortSignal): Promise<Omit<T, "session"> & Pick<LivenessOptions, "session">> {
  const { session, ...rest } = options;
  if (typeof session !== "function") return { ...rest, session };
  const page = options.signal;
  let code: FailureCode = "network_error";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const opening = new Promise<GivenSession>((resolve, reject) => {
    const end = (why: FailureCode): void => reject((code = why));
    timer = setTimeout(end, OPENING_MS, "request_timeout");
    page?.addEventListener("abort", () => end("cancelled"), { signal });
    if (page?.aborted) return end("cancelled");
    // Not resolved with the promise, which nothing could end any more. What is thrown here rejects as well.
    Promise.resolve(session({ signal })).then(resolve, reject);
  });
  try {
    // What else the back end has answered is nothing to the check.
    const { id, token } = Object(await opening) as GivenSession;
    return { ...rest, session: { id, token } };
  } catch (error) {
    throw { code, detail: `session: ${error}` } satisfies SessionFault;
  } finally {
    clearTimeout(timer);
  }
}
