// What the package's page fetches for its worker.

/** Module and weights of the package in the folder `base`. */
export async function engineFiles(base) {
  const script = await (await fetch("/pkg/index.js")).text();
  const [weights] = /blazeface_short_range-[0-9a-f]{8}\.bin/.exec(script);
  const [module, bytes] = await Promise.all([
    WebAssembly.compileStreaming(fetch(`${base}vision_bg.wasm`)),
    fetch(`/pkg/${weights}`).then((response) => response.arrayBuffer()),
  ]);
  return { module, weights: bytes, detector: null };
}
