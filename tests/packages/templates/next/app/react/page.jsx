import { LivenessProvider } from "liveness-capture/react";
import { Check } from "./check";

export default function Page() {
  return (
    <LivenessProvider baseUrl="__GATEWAY__" model="mixed-10-v2">
      <h1>Prove that you are a person</h1>
      <Check />
    </LivenessProvider>
  );
}
