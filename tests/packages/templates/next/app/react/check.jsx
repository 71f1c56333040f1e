"use client";
import { useState } from "react";
import { LivenessView } from "liveness-capture/react";

export function Check() {
  const [outcome, setOutcome] = useState("");
  return (
    <>
      <LivenessView onResult={({ verdict }) => setOutcome(verdict)} onError={({ code }) => setOutcome(code)} />
      <output>{outcome}</output>
    </>
  );
}
