/**
 * The module's address, for the option `detector.module`. Bundlers that follow this form copy the file; Vite's
 * development server (7 and before) moves this script away from it.
 */
export const moduleUrl = () =>
  new URL("./dist/vision_onnx_bg.wasm", import.meta.url).href.replace(/\/\.vite\/deps\/[^?#]*/, "/liveness-capture-onnx/dist/vision_onnx_bg.wasm");
