// Sends many frames through our worker, one after the other; records memory and times every `every` frames.
import { startEngine } from "./engine.js";
import { outcome } from "./outcome.js";

void outcome(async ({ count, every }) => {
  const engine = await startEngine("/pkg/", "/frames.i420");
  return engine.endurance(count, every);
});
