/** Keeps pictures in the worker until their run is over, and makes all requests, with pictures or without. */
import type { Body, HttpRequest, Note, ToWorker } from "../generated/wire.js";
import { requestInit } from "./request.js";

type Send = Extract<ToWorker, { type: "send" }>;
type Settled = Extract<Note, { type: "answered" | "unanswered" }>;
type Png = Uint8Array<ArrayBuffer>;

/** The run the pictures belong to: there is only one at a time. */
let run = -1;
const pictures = new Map<number, Png>();
const underWay = new Map<number, { run: number | null; attempt: AbortController }>();

/** Keeps a picture, and drops those of earlier runs. */
export function keep(ofRun: number, index: number, png: Png): void {
  if (ofRun !== run) pictures.clear();
  run = ofRun;
  pictures.set(index, png);
}

/** Drops a run's pictures and aborts its requests. */
export function forget(ofRun: number): void {
  if (ofRun === run) pictures.clear();
  for (const { run, attempt } of underWay.values()) if (run === ofRun) attempt.abort();
}

/** Drops all pictures and aborts all requests. */
export function forgetAll(): void {
  pictures.clear();
  for (const { attempt } of underWay.values()) attempt.abort();
}

/** The number of requests without an answer yet. */
export const inFlight = (): number => underWay.size;

function picture(ofRun: number | null, index: number): Png {
  const png = ofRun === run ? pictures.get(index) : undefined;
  if (!png) throw new Error(`picture ${index} of run ${ofRun} is not kept`);
  return png;
}

/** In chunks, since a call takes only so many arguments. */
function base64(png: Png): string {
  let text = "";
  for (let at = 0; at < png.length; at += 0x8000) text += String.fromCharCode(...png.subarray(at, at + 0x8000));
  return btoa(text);
}

function bodyOf(ofRun: number | null, body: Body): BodyInit | null {
  switch (body.type) {
    case "empty":
      return null;
    case "json":
      return JSON.stringify(body.json);
    case "picture":
      return picture(ofRun, body.index);
    case "crops": {
      const indices = ofRun === run ? [...pictures.keys()].sort((a, b) => a - b) : [];
      return JSON.stringify({ ...body.json, crops: indices.map((index) => ({ index, pixels: base64(picture(ofRun, index)) })) });
    }
    case "frame":
      return JSON.stringify({ ...body.json, frame: { ...body.json.frame, pixels: base64(picture(ofRun, body.index)) } });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function exchange(id: number, request: HttpRequest, body: BodyInit | null, signal: AbortSignal): Promise<Extract<Settled, { type: "answered" }>> {
  const response = await fetch(request.url, { ...requestInit(request), body, signal });
  const { status, headers } = response;
  const text = await response.text();
  return { type: "answered", id, status, retryAfter: headers.get("retry-after"), date: headers.get("date"), body: parsed(text) };
}

/** Makes a request. Never rejects. */
export async function send({ id, run: ofRun, request }: Send): Promise<Settled> {
  const attempt = new AbortController();
  const { timeoutMs } = request;
  const timer = setTimeout(() => attempt.abort(new DOMException(`no answer in ${timeoutMs} ms`, "TimeoutError")), timeoutMs);
  underWay.set(id, { run: ofRun, attempt });
  try {
    let body: BodyInit | null;
    try {
      body = bodyOf(ofRun, request.body);
    } catch (error) {
      return { type: "unanswered", id, code: "internal", detail: String(error) };
    }
    const settled = await exchange(id, request, body, attempt.signal);
    // A whole frame is large, and nobody asks for one again that has arrived; for a crop that was lost a gateway may.
    // A redirect that is not followed has the status 0.
    const arrived = settled.status >= 200 && settled.status < 300;
    if (request.body.type === "frame" && arrived && ofRun === run) pictures.delete(request.body.index);
    return settled;
  } catch (error) {
    const { name, message } = error as Error;
    const code = name === "TimeoutError" ? "request_timeout" : "network_error";
    return { type: "unanswered", id, code, detail: `${name}: ${message}` };
  } finally {
    underWay.delete(id);
    clearTimeout(timer);
  }
}
