import { useRef } from "react";
import { useLiveness } from "liveness-capture/react";

export function OwnPage() {
  const videoRef = useRef<HTMLVideoElement>(null);
  const { state, message, progress, result, error, start, stop } = useLiveness({
    videoRef,
    model: "mixed-10-v2",
    onResult: ({ verdict, score }) => console.log(verdict, score),
  });
  return (
    <>
      <video ref={videoRef} playsInline muted style={{ transform: "scaleX(-1)" }} />
      <p role="status">{message}</p>
      <progress value={progress.current} max={progress.total || 1} />
      {state === "idle" && <button onClick={start}>Start</button>}
      {state === "capturing" && <button onClick={stop}>Cancel</button>}
      <output>{result?.verdict ?? error?.code ?? ""}</output>
    </>
  );
}
