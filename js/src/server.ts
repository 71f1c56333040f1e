/** For back ends: opens a session at the gateway, and reads what became of it. Needs nothing but `fetch` and `crypto`. */
import { AGAIN, RETRY_POLICY, STATUSES_AGAIN } from "./generated/retry.js";
import type { AuditNote, SessionCreated, SessionState, SessionView, VerdictData } from "./generated/wire.js";

/** The gateway, as a back end reaches it. */
export interface GatewayOptions {
  /** Its address, under which `/api/v1` is. */
  endpoint: string | URL;
  /** `LIVENESS_SERVER_KEY` of the gateway. Never give it to a page. */
  serverKey: string;
  /** How long one request may take, in milliseconds; it is repeated where that is safe. Default `10000`. */
  timeoutMs?: number;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch;
}

export interface SessionOptions {
  /** Who or what the check is for, in your own terms: 1 to 256 characters, which the gateway keeps and gives back. */
  reference?: string;
  /** Whatever belongs to it, which the gateway keeps and gives back: an object of at most 8,192 bytes and 8 levels. */
  metadata?: Record<string, unknown>;
  /** The origin whose pages alone may use the token, such as `https://shop.example`. Default: all that the gateway lets in. */
  allowedOrigin?: string;
  /**
   * Your name for this request, 1 to 255 characters: called again with the same one, `openSession` gives the session that it
   * has opened. Default: another one for each call.
   */
  idempotencyKey?: string;
  /** Model id. Default: the gateway's. */
  model?: string;
  /** Frame count, for use with `modelVersion`. */
  frameCount?: number;
  /** `X-Model-Version`, for example `latest`. */
  modelVersion?: string;
  /** Aborts the request. */
  signal?: AbortSignal;
}

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
  /** As given when the session was opened. Only the server key gets it, not other keys. */
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

/** The gateway refused a request, or did not answer it. */
export class GatewayError extends Error {
  constructor(
    /** The code of its answer, see docs/sessions.md; else `network_error`, `request_timeout` or `unexpected_response`. */
    readonly code: string,
    /** HTTP status, or 0. */
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "GatewayError";
  }
}

interface Envelope<T> {
  data?: T | null;
  errors?: Record<string, unknown>[];
}

async function ask<T>(gateway: GatewayOptions, path: string, init: RequestInit, signal?: AbortSignal): Promise<{ answer: Response; envelope: Envelope<T> }> {
  const { endpoint, timeoutMs = 10_000, fetch: own = fetch } = gateway;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException(`no answer in ${timeoutMs} ms`, "TimeoutError")), timeoutMs);
  const abort = (): void => limit.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    const answer = await own(`${String(endpoint).replace(/\/+$/, "")}${path}`, { ...init, signal: limit.signal });
    const envelope = await answer.json().catch((error: unknown) => {
      if (limit.signal.aborted) throw error;
      return {};
    });
    return { answer, envelope: (envelope ?? {}) as Envelope<T> };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Why an answer holds nothing, and whether another might. */
function refusal({ status }: Response, { errors }: Envelope<unknown>): [failure: GatewayError, again: boolean] {
  // The first error's key is the code.
  const [code, message] = Object.entries(errors?.[0] ?? {})[0] ?? [];
  if (code) return [new GatewayError(code, status, String(message)), AGAIN.includes(code)];
  const failure = new GatewayError("unexpected_response", status, `HTTP ${status} without the API's envelope`);
  return [failure, STATUSES_AGAIN.some(([from, to]) => status >= from && status <= to)];
}

/** What the answer asks to wait, in milliseconds; a date is measured against the answer's own. */
function retryAfterMs({ headers }: Response): number {
  const value = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value) - (Date.parse(headers.get("date") ?? "") || Date.now());
  return Math.max(0, until) || 0;
}

const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => (clearTimeout(timer), reject(signal?.reason));
    const timer = setTimeout(() => (signal?.removeEventListener("abort", abort), resolve()), ms);
    signal?.addEventListener("abort", abort);
  });

/** `once`: for what would be done twice. It is sent again only if the gateway itself has said that it did nothing. */
async function request<T>(gateway: GatewayOptions, path: string, init: RequestInit, signal?: AbortSignal, once = false): Promise<T> {
  const { maxAttempts, baseMs, capMs, maxRetryAfterMs } = RETRY_POLICY;
  // A variable of the environment that is not set, most likely.
  if (!gateway.serverKey || !URL.canParse(gateway.endpoint)) throw new TypeError("the gateway's endpoint (a URL) and serverKey are needed");
  // What no header can hold is refused here: it would look like a connection that fails.
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${gateway.serverKey}`);
  for (let attempt = 1; ; attempt++) {
    let failure: GatewayError;
    let again = !once;
    let waitMs = 0;
    try {
      const { answer, envelope } = await ask<T>(gateway, path, { ...init, headers }, signal);
      if (answer.ok && envelope.data) return envelope.data;
      [failure, again] = refusal(answer, envelope);
      again &&= !once || (failure.code !== "unexpected_response" && (answer.status === 429 || answer.status === 503));
      waitMs = retryAfterMs(answer);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const { name, message } = error as Error;
      failure = new GatewayError(name === "TimeoutError" ? "request_timeout" : "network_error", 0, message);
    }
    if (!again || attempt >= maxAttempts || waitMs > maxRetryAfterMs) throw failure;
    const backoffMs = Math.min(baseMs * 2 ** (attempt - 1), capMs);
    await pause((waitMs || backoffMs / 2) + (Math.random() * backoffMs) / 2, signal);
  }
}

const JSON_BODY = { "content-type": "application/json" };

/**
 * Opens a session, so that the back end knows whose check it is before it begins. Rejects with a
 * {@link GatewayError}.
 */
export async function openSession(gateway: GatewayOptions, options: SessionOptions = {}): Promise<OpenedSession> {
  const { reference, metadata, allowedOrigin, idempotencyKey = crypto.randomUUID(), model, frameCount, modelVersion, signal } = options;
  // Where an answer is lost the request is repeated, and must not open a second session.
  const headers: Record<string, string> = { ...JSON_BODY, "idempotency-key": idempotencyKey };
  if (modelVersion) headers["x-model-version"] = modelVersion;
  const body = JSON.stringify({ reference, metadata, allowed_origin: allowedOrigin, model, frame_count: frameCount });
  const opened = await request<SessionCreated>(gateway, "/api/v1/sessions", { method: "POST", headers, body }, signal);
  const { session_id, token, model: resolved, frames_required, expires_at } = opened;
  return { id: session_id, token, model: resolved, framesRequired: frames_required, expiresAt: expires_at };
}

const pathOf = (id: string): string => `/api/v1/sessions/${encodeURIComponent(id)}`;

function reportOf(raw: SessionView): SessionReport {
  const { session_id, state, source, reference = null, tenant_metadata: metadata = null, verdict, error, used_at: usedAt = null } = raw;
  return { id: session_id, state, source, reference, metadata, verdict, error, usedAt, raw };
}

/**
 * Reads a session: this verdict counts, whatever the page reports. Rejects with a {@link GatewayError}.
 */
export async function readSession(gateway: GatewayOptions, id: string, signal?: AbortSignal): Promise<SessionReport> {
  return reportOf(await request<SessionView>(gateway, pathOf(id), { method: "GET" }, signal));
}

/**
 * Reads a session and marks its verdict as used, which can be done once: whoever shows the same check again, for
 * another order, is refused with `session_closed`. Without a verdict as yet nothing is marked, and it may be asked again.
 *
 * Not sent again after an answer that was lost, which may have been a yes: `readSession` tells by `usedAt`. Rejects with a
 * {@link GatewayError}.
 */
export async function useSession(gateway: GatewayOptions, id: string, signal?: AbortSignal): Promise<SessionReport> {
  return reportOf(await request<SessionView>(gateway, `${pathOf(id)}/use`, { method: "POST" }, signal, true));
}

/**
 * Adds what has happened around a session to the gateway's audit log: any object of at most 8,192 bytes and 8 levels. Resolves to
 * when it was recorded, ISO 8601.
 *
 * Not sent again after an answer that was lost: the event would be there twice. Rejects with a {@link GatewayError}.
 */
export async function auditSession(gateway: GatewayOptions, id: string, event: Record<string, unknown>, signal?: AbortSignal): Promise<string> {
  const init = { method: "PATCH", headers: JSON_BODY, body: JSON.stringify(event) };
  return (await request<AuditNote>(gateway, `${pathOf(id)}/audit`, init, signal, true)).recorded_at;
}
