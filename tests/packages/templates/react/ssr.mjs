// What a server makes of the components, without a bundler.
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import * as liveness from "liveness-capture/react";

function Hooks() {
  const { videoRef, state, start } = liveness.useLiveness();
  const { isActive } = liveness.useCamera();
  const { loading } = liveness.useModels();
  const { state: captured } = liveness.useSmartFrameCapture({ videoRef });
  const { feedback } = liveness.useDetectionPipeline({ videoRef });
  return createElement("p", { onClick: start }, [state, captured, isActive, loading, feedback].join(" "));
}

const { LivenessCheck, LivenessModal, LivenessView, MoverisProvider } = liveness;
console.log(
  renderToString(
    createElement(
      MoverisProvider,
      { baseUrl: "https://liveness.example", model: "mixed-10-v2" },
      createElement(LivenessCheck, { required: true, name: "liveness", autoStart: true, className: "check", hidden: false, inert: false }),
      createElement(LivenessView, { endpoint: "fast-check-crops" }),
      createElement(LivenessModal, { triggerButtonText: "Verify" }),
      createElement(Hooks),
    ),
  ),
);
