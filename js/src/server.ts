/** For back ends: opens a session at the gateway, and reads what became of it. Needs nothing but `fetch` and `crypto`. */
import { AGAIN, RETRY_POLICY, STATUSES_AGAIN, STATUSES_TURNED_AWAY } from "./generated/retry.js";
import type { AuditNote, SessionCreated, SessionState, SessionView, VerdictData } from "./generated/api.js";
import { checkedGateway, checkedId, checkedJson, checkedOptions, checkedSignal, isObject, type CheckedGateway } from "./server/arguments.js";
import type { GatewayOptions, SessionOptions } from "./server/options.js";

export type { GatewayOptions, SessionOptions };

/** What a page needs: `new LivenessCheck({ session: { id, token }, ... })`. */
export interface OpenedSession {
  id: string;
  token: string;
  model: string;
  framesRequired: number;
  /** ISO 8601. */
  expiresAt: string;
}

/** What the gateway has decided. */
export interface SessionReport {
  id: string;
  state: SessionState;
  /** As given when the session was opened. */
  reference: string | null;
  /** As given when the session was opened. Every key of the tenant with the scope `session:read` gets it, the page does not. */
  metadata: unknown;
  /** Whether its pictures are a camera's, or a file's: as whoever opened the session has said. */
  source: SessionView["source"];
  /** Once `state` is `complete`. */
  verdict: VerdictData | null;
  /** Once `state` is `failed`: the code, see docs/errors.md. */
  error: string | null;
  /** Once `useSession` has marked the verdict as used: when, ISO 8601. */
  usedAt: string | null;
  /** The gateway's complete answer. */
  raw: SessionView;
}

/** The gateway refused a request, or did not answer it. `cause` is what `fetch` threw. */
export class GatewayError extends Error {
  static {
    // Before there is one: the stack's first line is written when an error is made. The class has a short name once it is built.
    for (const named of [this, this.prototype]) Object.defineProperty(named, "name", { value: "GatewayError", configurable: true });
  }

  constructor(
    /** The code of its answer, see docs/sessions.md; else `network_error`, `request_timeout` or `unexpected_response`. */
    readonly code: string,
    /** HTTP status, or 0. */
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A request, and what its answer's data must have: strings of these names. */
interface Asked {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  needs: readonly string[];
  /** For what would be done twice. It is sent again only if the gateway itself has said that it did nothing. */
  once?: boolean;
}

/** Whatever JSON came, if it was JSON. */
type Envelope = Record<string, unknown>;

async function ask({ base, serverKey, timeoutMs, fetch }: CheckedGateway, { method, path, headers: own, body }: Asked, signal?: AbortSignal): Promise<{ answer: Response; envelope: Envelope }> {
  const limit = new AbortController();
  const abort = (): void => limit.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  const timer = setTimeout(() => limit.abort(new DOMException(`no answer in ${timeoutMs} ms`, "TimeoutError")), timeoutMs);
  try {
    const headers = new Headers({ ...own, authorization: `Bearer ${serverKey}` });
    // A redirect may lead to another origin, and makes a GET of a POST.
    const answer = await fetch(`${base}${path}`, { method, headers, body: body ?? null, redirect: "manual", signal: limit.signal });
    // A body that is cut off rejects here, as a connection that fails; only what is whole is judged.
    return { answer, envelope: envelopeOf(await answer.text()) };
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    // A `fetch` of one's own may throw anything when it is aborted.
    const isLate = limit.signal.aborted || name === "TimeoutError";
    throw new GatewayError(isLate ? "request_timeout" : "network_error", 0, message, { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function envelopeOf(text: string): Envelope {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

const isRedirect = ({ type, redirected, status }: Response): boolean =>
  type === "opaqueredirect" || redirected || [301, 302, 303, 307, 308].includes(status);

/** The data of an answer; else why it has none, and whether another might. */
function judged<T>(answer: Response, { success, data, errors }: Envelope, needs: readonly string[]): { data: T } | { failure: GatewayError; again: boolean } {
  const { status } = answer;
  const unexpected = (message: string, again = false) => ({ failure: new GatewayError("unexpected_response", status, message), again });
  if (isRedirect(answer)) return unexpected(`${status ? `HTTP ${status}: ` : ""}the endpoint answered with a redirect, which is not followed`);
  const whole = answer.ok && success === true && isObject(data);
  if (whole && needs.every((name) => typeof data[name] === "string")) return { data: data as T };
  // The first error's key is the code.
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const [code, message] = isObject(first) ? (Object.entries(first)[0] ?? []) : [];
  if (code) return { failure: new GatewayError(code, status, String(message)), again: AGAIN.includes(code) };
  if (whole) return unexpected(`HTTP ${status} without ${needs.join(" and ")}`);
  return unexpected(`HTTP ${status} without the API's envelope`, STATUSES_AGAIN.some(([from, to]) => status >= from && status <= to));
}

/** An HTTP date in milliseconds since 1970. They begin with the name of a day; `Date.parse` makes a date of almost anything. */
const httpDate = (text: string): number => (/^[A-Z]/.test(text) ? Date.parse(text) : NaN);

/** What the answer asks to wait, in milliseconds; a date is measured against the answer's own. */
function retryAfterMs({ headers }: Response): number {
  const value = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = httpDate(value) - (httpDate(headers.get("date") ?? "") || Date.now());
  return Math.max(0, until) || 0;
}

const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => (clearTimeout(timer), reject(signal?.reason));
    signal?.addEventListener("abort", abort);
    const timer = setTimeout(() => (signal?.removeEventListener("abort", abort), resolve()), ms);
  });

async function request<T>(gateway: CheckedGateway, asked: Asked, signal?: AbortSignal): Promise<T> {
  const { maxAttempts, baseMs, capMs, maxRetryAfterMs } = RETRY_POLICY;
  const { needs, once = false } = asked;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) throw signal.reason;
    let failure: GatewayError;
    let again = !once;
    let waitMs = 0;
    try {
      const { answer, envelope } = await ask(gateway, asked, signal);
      const judgement = judged<T>(answer, envelope, needs);
      if ("data" in judgement) return judgement.data;
      ({ failure, again } = judgement);
      again &&= !once || (failure.code !== "unexpected_response" && STATUSES_TURNED_AWAY.includes(answer.status));
      waitMs = retryAfterMs(answer);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!(error instanceof GatewayError)) throw error;
      failure = error;
    }
    if (!again || attempt >= maxAttempts || waitMs > maxRetryAfterMs) throw failure;
    const backoffMs = Math.min(baseMs * 2 ** (attempt - 1), capMs);
    await pause((waitMs || backoffMs / 2) + (Math.random() * backoffMs) / 2, signal);
  }
}

const JSON_BODY = { "content-type": "application/json" };

/**
 * Opens a session, so that the back end knows whose check it is before it begins.
 *
 * Rejects with a {@link GatewayError}, or a TypeError before anything is sent where an argument is wrong; an abort rejects
 * with the signal's reason.
 */
export async function openSession(gateway: GatewayOptions, options: SessionOptions = {}): Promise<OpenedSession> {
  const to = checkedGateway(gateway);
  const { reference, metadata, allowedOrigin, idempotencyKey = crypto.randomUUID(), source, model, frameCount, modelVersion, signal } = checkedOptions(options);
  // Where an answer is lost the request is repeated, and must not open a second session.
  const headers: Record<string, string> = { ...JSON_BODY, "idempotency-key": idempotencyKey };
  if (modelVersion) headers["x-model-version"] = modelVersion;
  const body = JSON.stringify({ reference, metadata, allowed_origin: allowedOrigin, source, model, frame_count: frameCount });
  const asked = { method: "POST", path: SESSIONS, headers, body, needs: ["session_id", "token"] };
  const { session_id, token, model: resolved, frames_required, expires_at } = await request<SessionCreated>(to, asked, signal);
  return { id: session_id, token, model: resolved, framesRequired: frames_required, expiresAt: expires_at };
}

const SESSIONS = "/api/v1/sessions";
const pathOf = (id: string): string => `${SESSIONS}/${encodeURIComponent(checkedId(id))}`;

function reportOf(raw: SessionView): SessionReport {
  const { session_id, state, source, reference = null, tenant_metadata: metadata = null, verdict, error, used_at: usedAt = null } = raw;
  return { id: session_id, state, source, reference, metadata, verdict, error, usedAt, raw };
}

/**
 * Reads a session: this verdict counts, whatever the page reports.
 *
 * Rejects with a {@link GatewayError}, or a TypeError before anything is sent where an argument is wrong; an abort rejects
 * with the signal's reason.
 */
export async function readSession(gateway: GatewayOptions, id: string, signal?: AbortSignal | null): Promise<SessionReport> {
  const asked = { method: "GET", path: pathOf(id), needs: ["state"] };
  return reportOf(await request<SessionView>(checkedGateway(gateway), asked, checkedSignal(signal)));
}

/**
 * Reads a session and marks its verdict as used, which can be done once: whoever shows the same check again, for
 * another order, is refused with `session_closed`. Without a verdict as yet nothing is marked, and it may be asked again.
 *
 * Not sent again after an answer that was lost, which may have been a yes: `readSession` tells by `usedAt`. Rejects with a
 * {@link GatewayError}, or a TypeError before anything is sent where an argument is wrong; an abort rejects with the signal's
 * reason.
 */
export async function useSession(gateway: GatewayOptions, id: string, signal?: AbortSignal | null): Promise<SessionReport> {
  const asked = { method: "POST", path: `${pathOf(id)}/use`, needs: ["state"], once: true };
  return reportOf(await request<SessionView>(checkedGateway(gateway), asked, checkedSignal(signal)));
}

/**
 * Adds what has happened around a session to the gateway's audit log: any plain object of at most 8,192 bytes and 8 levels as
 * JSON. Resolves to when it was recorded, ISO 8601.
 *
 * Not sent again after an answer that was lost: the event would be there twice. Rejects with a {@link GatewayError}, or a
 * TypeError before anything is sent where an argument is wrong; an abort rejects with the signal's reason.
 */
export async function auditSession(gateway: GatewayOptions, id: string, event: object, signal?: AbortSignal | null): Promise<string> {
  const body = JSON.stringify(checkedJson("event", event));
  const asked = { method: "PATCH", path: `${pathOf(id)}/audit`, headers: JSON_BODY, body, needs: ["recorded_at"], once: true };
  return (await request<AuditNote>(checkedGateway(gateway), asked, checkedSignal(signal))).recorded_at;
}
