/** A request as arguments of `fetch`, for page and worker alike. */
import type { HttpRequest } from "../generated/wire.js";

export function requestInit({ method, headers, credentials, redirect }: HttpRequest): RequestInit {
  return { method, headers, credentials, redirect, cache: "no-store" };
}

/** Makes a request that nobody waits for and that outlives the page. */
export function sendLast(request: HttpRequest): void {
  // It makes no difference here whether it arrives.
  fetch(request.url, { ...requestInit(request), keepalive: true }).catch(() => undefined);
}
