import { mountLivenessFrame, type FrameProblem } from "liveness-capture/frame";

export const mounted = (place: HTMLElement) =>
  mountLivenessFrame(place, {
    gateway: "https://gateway.example",
    title: undefined,
    onResult: ({ verdict, sessionId }) => console.log(verdict?.verdict, sessionId),
    onError: ({ code, title }: FrameProblem) => console.log(code, title),
  });
