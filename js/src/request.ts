/** What `fetch` is told for a request, by page and worker alike. */
import type { HttpRequest } from "./generated/wire.js";

export function requestInit({ method, headers, credentials }: HttpRequest): RequestInit {
  return { method, headers, credentials, cache: "no-store" };
}

/** Makes a request that nobody waits for, and that outlives the page. */
export function sendLast(request: HttpRequest): void {
  // Whether it arrives changes nothing here.
  fetch(request.url, { ...requestInit(request), keepalive: true }).catch(() => undefined);
}
