/** For back ends: opens a session at the gateway, and reads what became of it. Needs nothing but `fetch`. */
import { AGAIN, RETRY_POLICY, STATUSES_AGAIN } from "./generated/retry.js";
import type { SessionCreated, SessionState, SessionView, VerdictData } from "./generated/wire.js";

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
  /** Once `state` is `complete`. */
  verdict: VerdictData | null;
  /** Once `state` is `failed`: the code, see docs/errors.md. */
  error: string | null;
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
  const { endpoint, serverKey, timeoutMs = 10_000, fetch: own = fetch } = gateway;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException(`no answer in ${timeoutMs} ms`, "TimeoutError")), timeoutMs);
  const abort = (): void => limit.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${serverKey}` };
    const answer = await own(`${String(endpoint).replace(/\/+$/, "")}${path}`, { ...init, headers, signal: limit.signal });
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

async function request<T>(gateway: GatewayOptions, path: string, init: RequestInit, signal?: AbortSignal): Promise<T> {
  const { maxAttempts, baseMs, capMs, maxRetryAfterMs } = RETRY_POLICY;
  // A variable of the environment that is not set, most likely.
  if (!gateway.serverKey || !URL.canParse(gateway.endpoint)) throw new TypeError("the gateway's endpoint (a URL) and serverKey are needed");
  for (let attempt = 1; ; attempt++) {
    let failure: GatewayError;
    let again = true;
    let waitMs = 0;
    try {
      const { answer, envelope } = await ask<T>(gateway, path, init, signal);
      if (answer.ok && envelope.data) return envelope.data;
      [failure, again] = refusal(answer, envelope);
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

/**
 * Opens a session, so that the back end knows whose check it is before it begins. Rejects with a
 * {@link GatewayError}.
 */
export async function openSession(gateway: GatewayOptions, options: SessionOptions = {}): Promise<OpenedSession> {
  const { reference, model, frameCount, modelVersion, signal } = options;
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (modelVersion) headers["x-model-version"] = modelVersion;
  const body = JSON.stringify({ reference, model, frame_count: frameCount });
  const opened = await request<SessionCreated>(gateway, "/api/v1/sessions", { method: "POST", headers, body }, signal);
  const { session_id, token, model: resolved, frames_required, expires_at } = opened;
  return { id: session_id, token, model: resolved, framesRequired: frames_required, expiresAt: expires_at };
}

/**
 * Reads a session: this verdict counts, whatever the page reports. Rejects with a {@link GatewayError}.
 */
export async function readSession(gateway: GatewayOptions, id: string, signal?: AbortSignal): Promise<SessionReport> {
  const raw = await request<SessionView>(gateway, `/api/v1/sessions/${encodeURIComponent(id)}`, { method: "GET" }, signal);
  const { session_id, state, reference = null, verdict, error } = raw;
  return { id: session_id, state, reference, verdict, error, raw };
}
