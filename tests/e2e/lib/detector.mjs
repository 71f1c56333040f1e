// An independent face detector: MediaPipe's own runtime from its npm package, in its own browser.
import { readFile } from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM } from "./paths.mjs";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("@mediapipe/face_detection/package.json"));
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
const PAGE = `<!doctype html><title>detector</title><script src="/face_detection.js"></script>`;

/** Starts it. `detect(png)` returns the faces as {xCenter, yCenter, width, height}, fractions of the picture. */
export async function startDetector() {
  const server = http.createServer(async (request, response) => {
    const name = basename(request.url);
    const body = request.url === "/" ? PAGE : await readFile(join(PACKAGE, name)).catch(() => null);
    if (body === null) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(name) || ".html"] ?? "application/octet-stream" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // It draws through WebGL, which is in software on a machine without a graphics card.
  const args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(async () => {
    const detector = new globalThis.FaceDetection({ locateFile: (file) => `/${file}` });
    detector.setOptions({ model: "short" });
    await detector.initialize();
    globalThis.detectFaces = async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const results = new Promise((resolve) => detector.onResults(resolve));
      await detector.send({ image });
      return (await results).detections.map(({ boundingBox: { xCenter, yCenter, width, height } }) => ({ xCenter, yCenter, width, height }));
    };
  });
  return {
    detect: (png) => page.evaluate((source) => globalThis.detectFaces(source), `data:image/png;base64,${png.toString("base64")}`),
    async stop() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
