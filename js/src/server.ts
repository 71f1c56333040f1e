/** For back ends: opens a session at the gateway, and reads what became of it. Needs nothing but `fetch`. */
import type { VerdictData } from "./generated/wire.js";

/** The gateway, as a back end reaches it. */
export interface GatewayOptions {
  /** Its address, under which `/api/v1` is. */
  endpoint: string | URL;
  /** `LIVENESS_SERVER_KEY` of the gateway. Never give it to a page. */
  serverKey: string;
  /** How long one request may take, in milliseconds. Default `10000`. */
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
  state: "open" | "verifying" | "complete" | "failed" | "expired";
  /** As given when the session was opened. */
  reference: string | null;
  /** Once `state` is `complete`. */
  verdict: VerdictData | null;
  /** Once `state` is `failed`: the code, see docs/errors.md. */
  error: string | null;
  /** The gateway's complete answer. */
  raw: Record<string, unknown>;
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

const TRIES = 3;
const PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5_000;
/** What may be asked again: nothing has been paid for. */
const PASSING = new Set([0, 408, 429, 500, 502, 503, 504]);

interface Envelope {
  data?: Record<string, unknown> | null;
  errors?: Record<string, unknown>[];
}

async function ask(gateway: GatewayOptions, path: string, init: RequestInit, signal?: AbortSignal): Promise<[answer: Response, envelope: Envelope]> {
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
    return [answer, (envelope ?? {}) as Envelope];
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function refusal({ status }: Response, { errors }: Envelope): GatewayError {
  // The first error's key is the code.
  const [code, message] = Object.entries(errors?.[0] ?? {})[0] ?? ["unexpected_response", `HTTP ${status} without the API's envelope`];
  return new GatewayError(code, status, String(message));
}

const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

async function request(gateway: GatewayOptions, path: string, init: RequestInit, signal?: AbortSignal): Promise<Record<string, unknown>> {
  for (let tries = 1; ; tries++) {
    let failure: GatewayError;
    let pauseMs = PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
    try {
      const [answer, envelope] = await ask(gateway, path, init, signal);
      if (answer.ok && envelope.data) return envelope.data;
      failure = refusal(answer, envelope);
      const seconds = Number(answer.headers.get("retry-after"));
      if (seconds > 0) pauseMs = seconds * 1000;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const { name, message } = error as Error;
      failure = new GatewayError(name === "TimeoutError" ? "request_timeout" : "network_error", 0, message);
    }
    if (tries === TRIES || !PASSING.has(failure.status) || pauseMs > LONGEST_PAUSE_MS) throw failure;
    await pause(pauseMs, signal);
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
  const data = await request(gateway, "/api/v1/sessions", { method: "POST", headers, body }, signal);
  const { session_id, token, model: resolved, frames_required, expires_at } = data;
  return { id: String(session_id), token: String(token), model: String(resolved), framesRequired: Number(frames_required), expiresAt: String(expires_at) };
}

/** Reads a session: this verdict counts, whatever the page reports. Rejects with a {@link GatewayError}. */
export async function readSession(gateway: GatewayOptions, id: string, signal?: AbortSignal): Promise<SessionReport> {
  const raw = await request(gateway, `/api/v1/sessions/${encodeURIComponent(id)}`, { method: "GET" }, signal);
  const { session_id, state, reference = null, verdict = null, error = null } = raw;
  return { id: String(session_id), state: state as SessionReport["state"], reference: reference as string | null, verdict: verdict as VerdictData | null, error: error as string | null, raw };
}
