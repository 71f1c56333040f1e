// A worker with the package's engine, as the bench's pages use it.

/** Starts a worker; `base` is the folder of the package's files. */
export async function startEngine(base, frames) {
  const worker = new Worker(new URL("./engine_worker.js", import.meta.url), { type: "module" });
  const { port1: port, port2 } = new MessageChannel();
  const answer = () =>
    new Promise((resolve, reject) => {
      port.onmessage = ({ data }) => (data.error ? reject(new Error(`${base}: ${data.error}`)) : resolve(data.value));
      worker.onerror = ({ message }) => reject(new Error(`${base}: ${message ?? "the worker cannot be loaded"}`));
    });
  const ready = answer();
  worker.postMessage({ base, frames }, [port2]);
  await ready;
  const ask = (command) => {
    const promise = answer();
    port.postMessage(command);
    return promise;
  };
  return {
    whole: (index) => ask({ command: "whole", index }),
    endurance: (count, every) => ask({ command: "endurance", count, every }),
    stop: () => worker.terminate(),
  };
}
