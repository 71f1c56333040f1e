import { useState } from "react";
import { LivenessModal } from "liveness-capture/react";

export function Modal() {
  const [outcome, setOutcome] = useState("");
  return (
    <>
      <LivenessModal
        model="mixed-10-v2"
        title="Human verification"
        subtitle="It takes a few seconds."
        triggerButtonText="Verify"
        onResult={({ verdict }) => setOutcome(verdict)}
        onError={({ code }) => setOutcome(code)}
        onClose={() => console.log("closed")}
      />
      <output>{outcome}</output>
    </>
  );
}
