/** The module's address, for the option `detector.module`. Bundlers that follow this form copy the file. */
export const moduleUrl = () => new URL("./dist/vision_onnx_bg.wasm", import.meta.url).href;
