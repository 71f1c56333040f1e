import { useCallback, useEffect, useRef, useState } from "react";
import { useCamera, useDetectionPipeline, useLiveness, useModels, useSmartFrameCapture } from "liveness-capture/react";

/** Hooks that are given the same ref share one check, and the stream that is in its video. */
export function Capture() {
  const videoRef = useRef<HTMLVideoElement>(null);
  const [ready, setReady] = useState(false);
  const { stream, validation, start: startCamera, stop: stopCamera } = useCamera();
  const { activeModels } = useModels();

  const restartRef = useRef(() => {});
  const onRestartNeeded = useCallback(() => restartRef.current(), []);
  const { detectionGate, getWarnings } = useDetectionPipeline({ videoRef, enabled: ready, onRestartNeeded });

  const { progress, feedback, ovalState, start, restart } = useSmartFrameCapture({
    videoRef,
    captureIntervalMs: 66,
    detectionGate,
    onFrameCapture: (frame, index, total) => console.log(index + 1, "of", total, frame.timestampMs),
    onComplete: () => console.log("warnings:", getWarnings()),
  });
  restartRef.current = restart;

  const { result, error } = useLiveness({ videoRef, model: activeModels[0]?.id, onResult: stopCamera, onError: stopCamera });

  useEffect(() => {
    if (videoRef.current) videoRef.current.srcObject = stream;
    setReady(stream !== null);
  }, [stream]);

  return (
    <>
      <video ref={videoRef} autoPlay playsInline muted data-oval={ovalState} />
      <p role="status">{feedback}</p>
      <p>
        {progress.captured} of {progress.target} {validation?.warnings.join(", ")}
      </p>
      <button onClick={startCamera}>Camera</button>
      <button onClick={start} disabled={!ready}>
        Start
      </button>
      <output>{result?.verdict ?? error?.code ?? ""}</output>
    </>
  );
}
