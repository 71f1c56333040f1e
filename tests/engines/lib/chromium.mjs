// Chromium, by which the others are measured.
import { launch } from "../../e2e/lib/browser.mjs";
import { drawnCamera } from "../../e2e/lib/camera.mjs";
import { CHROMIUM } from "../../e2e/lib/paths.mjs";
import { asBody } from "./script.mjs";

export const PROGRAMS = [{ path: CHROMIUM, package: "chromium" }];

export async function launchChromium() {
  const browser = await launch({ camera: await drawnCamera(), whole: true });
  const page = await browser.newPage();
  return {
    name: "Chromium",
    version: `Chromium ${browser.version()}`,
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
}
