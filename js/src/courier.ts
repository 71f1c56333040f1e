/** Crops that stay in the worker until their run is over, and the requests that carry them. */

/** What is asked for with `send`. */
export interface SendMessage {
  type: "send";
  id: number;
  run: number;
  index: number;
  request: { method: string; url: string; headers: Record<string, string>; credentials: RequestCredentials; timeoutMs: number };
}

/** The answer: what the server said, or why nothing can be heard of it. */
export type Sent = { type: "sent"; id: number } & (
  | { status: number; retryAfter: string | null; body: string }
  | { name: string; error: string }
);

/** Of one run: runs follow each other. */
let run = -1;
const crops = new Map<number, Uint8Array<ArrayBuffer>>();
let controller = new AbortController();
let underWay = 0;

/** Keeps a crop, and nothing of earlier runs. */
export function keep(ofRun: number, index: number, png: Uint8Array<ArrayBuffer>): void {
  if (ofRun !== run) forget(run);
  run = ofRun;
  crops.set(index, png);
}

/** Drops a run's crops and aborts its requests. */
export function forget(ofRun: number): void {
  if (ofRun !== run) return;
  controller.abort();
  controller = new AbortController();
  crops.clear();
}

/** Requests without an answer yet. */
export const inFlight = (): number => underWay;

/** Sends a crop that is kept. Never rejects. */
export async function send({ id, run: ofRun, index, request }: SendMessage): Promise<Sent> {
  const { url, timeoutMs, ...init } = request;
  const body = ofRun === run ? crops.get(index) : undefined;
  const attempt = new AbortController();
  const abort = (): void => attempt.abort();
  const timer = setTimeout(() => attempt.abort(new DOMException(`no answer in ${timeoutMs} ms`, "TimeoutError")), timeoutMs);
  const { signal } = controller;
  signal.addEventListener("abort", abort);
  underWay += 1;
  try {
    if (!body) throw new Error(`crop ${index} of run ${ofRun} is not kept`);
    const response = await fetch(url, { ...init, body, cache: "no-store", signal: attempt.signal });
    const text = await response.text();
    return { type: "sent", id, status: response.status, retryAfter: response.headers.get("retry-after"), body: text };
  } catch (error) {
    const { name, message } = error as Error;
    return { type: "sent", id, name, error: `${name}: ${message}` };
  } finally {
    underWay -= 1;
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
