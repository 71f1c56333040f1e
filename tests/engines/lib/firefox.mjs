// Firefox, driven over WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { asBody } from "./script.mjs";

export const PROGRAMS = [{ path: process.env.FIREFOX_PATH ?? "/usr/bin/firefox-esr", package: "firefox-esr" }];

/** Preferences: a fake camera that nobody has to allow, and a browser that keeps to itself. */
const PREFERENCES = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
};

export async function launchFirefox() {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: PROGRAMS[0].path,
    headless: true,
    extraPrefsFirefox: PREFERENCES,
    protocolTimeout: 120_000,
  });
  try {
    const page = await browser.newPage();
    return {
      name: "Firefox",
      version: (await browser.version()).replace(/^firefox\//, "Firefox "),
      page: {
        goto: (url) => page.goto(url),
        async evaluate(work, argument) {
          const outcome = await page.evaluate(asBody(work, argument));
          if ("error" in outcome) throw new Error(outcome.error);
          return outcome.value;
        },
      },
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
