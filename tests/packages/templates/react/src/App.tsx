import { useState } from "react";
import { LivenessProvider, LivenessView } from "liveness-capture/react";

export function App() {
  const [outcome, setOutcome] = useState("");
  return (
    <LivenessProvider>
      <LivenessView
        model="mixed-10-v2"
        onResult={({ verdict }) => setOutcome(verdict)}
        onError={({ code }) => setOutcome(code)}
      />
      <output>{outcome}</output>
    </LivenessProvider>
  );
}
