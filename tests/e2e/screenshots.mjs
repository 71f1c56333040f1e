// Makes docs/screenshot.png: the real page in the middle of a check, with a drawn face.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { launch, visit } from "./lib/browser.mjs";
import { drawnCamera } from "./lib/camera.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { REPO } from "./lib/paths.mjs";

const target = join(REPO, "docs", "screenshot.png");
const [gateway, camera] = await Promise.all([startGateway(), drawnCamera()]);
let browser;
try {
  browser = await launch({ camera });
  const context = { viewport: { width: 1280, height: 760 }, colorScheme: "light", deviceScaleFactor: 1.5 };
  const page = await visit(browser, gateway.origin, { context });
  await page.open({ fps: "8" });
  await page.start();
  await page.until("capturing");
  await page.page.waitForFunction(() => Number(document.getElementById("app").dataset.progress) > 0.6, null, { polling: 20 });
  mkdirSync(dirname(target), { recursive: true });
  await page.page.screenshot({ path: target });
  console.log(target);
} finally {
  await browser?.close();
  await gateway.stop();
}
