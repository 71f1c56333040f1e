// What a back end gives: the gateway, and what a session is to be.

/** The gateway, as a back end reaches it. `null` for what may be absent means absent. */
export interface GatewayOptions {
  /** Its address, under which `/api/v1` is: http or https, without user, query and fragment. Redirects are not followed. */
  endpoint: string | URL;
  /** `LIVENESS_SERVER_KEY` of the gateway. Never give it to a page. */
  serverKey: string;
  /**
   * How long one request may take, in milliseconds; it is repeated where that is safe. Default `10000`, at
   * most `2147483647`.
   */
  timeoutMs?: number | null | undefined;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch | null | undefined;
}

/** `null` means absent. */
export interface SessionOptions {
  /** Who or what the check is for, in your own terms: 1 to 256 characters, which the gateway keeps and gives back. */
  reference?: string | null | undefined;
  /** Whatever belongs to it, which the gateway keeps and gives back: a plain object of at most 8,192 bytes and 8 levels as JSON. */
  metadata?: object | null | undefined;
  /** The origin whose pages alone may use the token, such as `https://shop.example`. Default: all that the gateway lets in. */
  allowedOrigin?: string | null | undefined;
  /**
   * Your name for this request, 1 to 255 characters: called again with the same one, `openSession` gives the session that it
   * has opened, also once that has expired: take another key for another attempt. Default: another one for each call.
   */
  idempotencyKey?: string | null | undefined;
  /** Whether its pictures will be a camera's, or those of a recorded video. Default `live`. */
  source?: "live" | "media" | null | undefined;
  /** Model id. Default: the gateway's. */
  model?: string | null | undefined;
  /** Frame count, for use with `modelVersion`. */
  frameCount?: number | null | undefined;
  /** `X-Model-Version`, for example `latest`. */
  modelVersion?: string | null | undefined;
  /** Aborts the request. */
  signal?: AbortSignal | null | undefined;
}
