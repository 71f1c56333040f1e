/** A request as arguments of `fetch`, for page and worker alike. */
import type { HttpRequest } from "../generated/wire.js";

export function requestInit({ method, headers, credentials, redirect }: HttpRequest): RequestInit {
  return { method, headers, credentials, redirect, cache: "no-store" };
}

/** Makes a request that nobody waits for and that outlives the page. */
export function sendLast(request: HttpRequest): void {
  // A plain object: this `fetch` may be the page's, and what replaces it takes headers for one.
  const headers = Object.fromEntries(request.headers);
  // It makes no difference here whether it arrives.
  fetch(request.url, { ...requestInit(request), headers, keepalive: true }).catch(() => undefined);
}
