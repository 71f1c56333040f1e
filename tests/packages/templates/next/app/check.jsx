"use client";
import { useEffect, useRef } from "react";
import { LivenessCheck, LivenessError } from "liveness-capture";
import { report } from "../report.js";

export function Check() {
  const video = useRef(null);
  useEffect(() => {
    const check = new LivenessCheck({ video: video.current, endpoint: "__GATEWAY__", model: "mixed-10-v2", fps: 15 });
    report(check.start(), LivenessError);
    return () => check.cancel();
  }, []);
  return <video ref={video} playsInline muted />;
}
