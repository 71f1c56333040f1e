// Chromium with a fake camera, and pages that keep a record of what happens in them.
import { chromium } from "playwright-core";
import { instrument } from "./instrument.mjs";
import { CHROMIUM, HEADLESS } from "./paths.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page that tries to reach another host is not only noticed but fails.
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

/**
 * Launches Chromium. `camera` is an .mjpeg or .y4m file for the fake camera, or null for no camera.
 * `prompt: true` leaves the permission prompt to the browser (headless, so nobody answers it), which has to be the whole
 * one then.
 */
export function launch({ camera = null, prompt = false, whole = prompt, flags = [] } = {}) {
  const fake = camera
    ? ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${camera}`]
    : ["--use-fake-device-for-media-stream=device-count=0"];
  const answer = prompt ? [] : ["--use-fake-ui-for-media-stream"];
  const executablePath = whole ? CHROMIUM : HEADLESS;
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...fake, ...answer, ...flags] });
}

/** A page, with a record of what it must not do by itself. Console errors are allowed where a test causes them. */
export class Visit {
  constructor(context, page, origin) {
    Object.assign(this, { context, page, origin, requests: [], consoleErrors: [], pageErrors: [] });
    // The context also sees the workers' requests.
    context.on("request", (request) => this.requests.push({ url: request.url(), method: request.method() }));
    page.on("console", (message) => message.type() === "error" && this.consoleErrors.push(message.text()));
    page.on("pageerror", (error) => this.pageErrors.push(String(error)));
  }

  /** Opens the page with the parameters `query`. */
  async open(query = {}) {
    const url = new URL("/", this.origin);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    await this.page.goto(url.href);
    await this.page.waitForSelector("#start:not([disabled])");
    // Added to a time of the page, this gives the time on this process's clock, up to an exchange's duration.
    const before = performance.now();
    const now = await this.page.evaluate(() => performance.now());
    this.clockOffset = (before + performance.now()) / 2 - now;
    return this;
  }

  start = () => this.page.click("#start");
  cancel = () => this.page.click("#cancel");

  /** The id of what has the focus, also within the element's shadow tree. */
  focused = () =>
    this.page.evaluate(() => {
      let { activeElement: found } = document;
      while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
      return found?.id ?? "";
    });

  /** #app's data attributes. */
  app = () => this.page.$eval("#app", ({ dataset }) => ({ ...dataset }));

  /** Waits until #app's data-state is one of `states`; returns all attributes at that time. */
  async until(states, timeout = 20_000) {
    const wanted = [states].flat();
    await this.page
      .waitForFunction((names) => names.includes(document.getElementById("app").dataset.state), wanted, { timeout, polling: 20 })
      .catch(async (error) => {
        const { state, guidance, error: code } = await this.app().catch(() => ({}));
        throw new Error(`waited ${timeout} ms for ${wanted}; it is ${state} (guidance ${guidance}, error ${code}): ${error.message}`);
      });
    return this.app();
  }

  /** Waits for the check's end, of whatever kind. */
  ended = (timeout = 20_000) => this.until(["done", "failed", "cancelled"], timeout);

  /** Every change of #app's attributes so far: [{at, state, guidance, progress, ...}]. */
  timeline = () => this.page.evaluate(() => globalThis.__record.timeline);
  /** Camera tracks that are still live. */
  liveTracks = async () => {
    const count = () => this.page.evaluate(() => globalThis.__record.tracks.filter((t) => t.readyState === "live").length);
    // A check may end while the browser is still opening the camera, which is turned off as soon as it opens.
    for (let tries = 0; tries < 10 && (await count()) > 0; tries += 1) await this.page.waitForTimeout(50);
    return count();
  };
  /** The number of workers that have not been ended; one that is ending has frames to close first. */
  liveWorkers = async () => {
    const count = () => this.page.evaluate(() => globalThis.__record.workers.length - globalThis.__record.endedWorkers.size);
    for (let tries = 0; tries < 50 && (await count()) > 0; tries += 1) await this.page.waitForTimeout(50);
    return count();
  };
  /** Camera tracks ever handed out. */
  allTracks = () => this.page.evaluate(() => globalThis.__record.tracks.length);
  /** Content-Security-Policy violations of the page. */
  violations = () => this.page.evaluate(() => globalThis.__record.violations);

  /** Requests to anything but the page's own server. */
  foreignRequests() {
    return this.requests.filter(({ url }) => !url.startsWith(`${this.origin}/`) && !/^(blob|data):/.test(url));
  }

  close = () => this.context.close();
}

/** A new page in a context of its own. `context` are Playwright's context options. */
export async function visit(browser, origin, { context: options = {}, init = [] } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  await page.addInitScript(instrument);
  for (const [script, argument] of init) await page.addInitScript(script, argument);
  return new Visit(context, page, origin);
}
