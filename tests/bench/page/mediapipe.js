// MediaPipe Tasks Vision as its documentation uses it, on the page's thread.
import { FaceDetector, FilesetResolver } from "/mediapipe/vision_bundle.mjs";

let timestamp = 0;

/** A detector on the CPU, for video. */
export async function createDetector() {
  const vision = await FilesetResolver.forVisionTasks("/mediapipe/wasm");
  const detector = await FaceDetector.createFromOptions(vision, {
    baseOptions: { modelAssetPath: "/mediapipe/blaze_face_short_range.tflite", delegate: "CPU" },
    runningMode: "VIDEO",
  });
  /** The best face as {x, y, width, height} in pixels, or null. */
  return (source) => {
    // It must increase from frame to frame.
    timestamp += 33;
    const best = detector.detectForVideo(source, timestamp).detections[0]?.boundingBox;
    return best ? { x: best.originX, y: best.originY, width: best.width, height: best.height } : null;
  };
}
