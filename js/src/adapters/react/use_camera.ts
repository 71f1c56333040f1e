/** A camera of the page's own: opened as a check does it, and released with the component, or when the page is left. */
import { useCallback, useRef, useState } from "react";
import { type CameraCapabilities, LivenessError, getCameraCapabilities, validateCameraRequirements } from "../../core/index.js";
import { openCamera } from "../../core/camera.js";
import { stopStream } from "../../core/quietly.js";
import { call } from "./call.js";
import { useCommit, useLatest, useStart } from "./latest.js";
import { refuse, warnOf } from "./options.js";

export type CameraPermissionStatus = "undetermined" | "granted" | "denied" | "unavailable";

/** What a camera is good for. */
export interface CameraValidationResult {
  meetsMinimum: boolean;
  /** 1280 x 720 at 30 frames per second. */
  meetsIdeal: boolean;
  /** What it lacks for a check, in English, for developers. */
  warnings: string[];
  capabilities: CameraCapabilities;
}

export interface UseCameraOptions {
  /** Opens the camera when the component is mounted, which asks the person for it. Default `false`. */
  autoStart?: boolean | undefined;
  /** A camera, for example of `listCameras`. Default: the one that looks at the person. */
  deviceId?: string | undefined;
  onCapabilities?: ((capabilities: CameraCapabilities, validation: CameraValidationResult) => void) | undefined;
}

export interface UseCameraReturn {
  /** For `video.srcObject`. A check in that `<video>` uses it, and leaves it on. */
  stream: MediaStream | null;
  error: LivenessError | null;
  permissionStatus: CameraPermissionStatus;
  capabilities: CameraCapabilities | null;
  validation: CameraValidationResult | null;
  /** Asks the browser, not the person. */
  checkPermission: () => Promise<CameraPermissionStatus>;
  /** Resolves once the camera is open, or has been refused: then `error` says why. */
  start: () => Promise<void>;
  stop: () => void;
  applyConstraints: (constraints: MediaTrackConstraints) => Promise<void>;
  isActive: boolean;
}

const IDEAL = { width: 1280, height: 720, frameRate: 30 };

export function validate(capabilities: CameraCapabilities): CameraValidationResult {
  const warnings = validateCameraRequirements(capabilities);
  return { capabilities, warnings, meetsMinimum: warnings.length === 0, meetsIdeal: validateCameraRequirements(capabilities, IDEAL).length === 0 };
}

async function askPermission(): Promise<CameraPermissionStatus> {
  // Despite its type, this is undefined in an insecure context.
  if (!(navigator.mediaDevices as MediaDevices | undefined)?.getUserMedia) return "unavailable";
  try {
    const { state } = await navigator.permissions.query({ name: "camera" as PermissionName });
    return state === "prompt" ? "undetermined" : state;
  } catch {
    // Not every browser tells.
    return "undetermined";
  }
}

/** Streams of one component. At most one is open, whatever is called while the person has not decided yet. */
class Opened {
  #turn = 0;
  #asking: Promise<void> | null = null;
  /** Whether its component is there, and will close what it opens. */
  alive = false;
  stream: MediaStream | null = null;

  /** Opens one unless one is open or being opened; `null` if it was stopped meanwhile. */
  open(deviceId: string | undefined, onEnd: () => void, done: (stream: MediaStream | null, error: LivenessError | null) => void): Promise<void> {
    if (this.stream) return Promise.resolve();
    if (this.#asking) return this.#asking;
    const asking = this.#open(deviceId, onEnd, done).finally(() => {
      if (this.#asking === asking) this.#asking = null;
    });
    return (this.#asking = asking);
  }

  async #open(deviceId: string | undefined, onEnd: () => void, done: (stream: MediaStream | null, error: LivenessError | null) => void): Promise<void> {
    const turn = this.#turn;
    const keep = (stream?: MediaStream): void => {
      if (turn === this.#turn) return;
      if (stream) stopStream(stream);
      throw new LivenessError("cancelled");
    };
    try {
      // Not before StrictMode has mounted, unmounted and mounted.
      await null;
      if (turn !== this.#turn || !this.alive) return;
      const stream = await openCamera(deviceId, false, keep, stopStream);
      if (turn !== this.#turn) return stopStream(stream);
      this.stream = stream;
      for (const track of stream.getTracks()) track.addEventListener("ended", onEnd);
      done(stream, null);
    } catch (error) {
      if (turn === this.#turn) done(null, error as LivenessError);
    }
  }

  close(): void {
    this.#turn += 1;
    this.#asking = null;
    if (this.stream) stopStream(this.stream);
    this.stream = null;
  }
}

export function useCamera(options: UseCameraOptions = {}): UseCameraReturn {
  refuse(options);
  warnOf(options);
  const latest = useLatest(options);
  const opened = useRef<Opened | null>(null);
  const [{ stream, error, capabilities, validation }, show] = useState<Pick<UseCameraReturn, "stream" | "error" | "capabilities" | "validation">>(CLOSED);
  const [permissionStatus, setPermission] = useState<CameraPermissionStatus>("undetermined");

  const checkPermission = useCallback(async () => {
    const status = await askPermission();
    setPermission(status);
    return status;
  }, []);

  const start = useCallback((): Promise<void> => {
    const camera = (opened.current ??= new Opened());
    const onEnd = (): void => {
      camera.close();
      show({ ...CLOSED, error: new LivenessError("camera_ended") });
    };
    return camera.open(latest.current.deviceId, onEnd, (stream, error) => {
      void checkPermission();
      if (!stream) return show({ ...CLOSED, error });
      const capabilities = getCameraCapabilities(stream);
      const validation = validate(capabilities);
      show({ stream, error: null, capabilities, validation });
      call(() => latest.current.onCapabilities?.(capabilities, validation));
    });
  }, []);

  const stop = useCallback((): void => {
    opened.current?.close();
    show(CLOSED);
  }, []);

  const applyConstraints = useCallback(async (constraints: MediaTrackConstraints): Promise<void> => {
    const [track] = opened.current?.stream?.getVideoTracks() ?? [];
    if (!track) throw new LivenessError("camera_ended", "applyConstraints() needs a camera that is on");
    await track.applyConstraints(constraints);
  }, []);

  useCommit(() => {
    const camera = (opened.current ??= new Opened());
    camera.alive = true;
    addEventListener("pagehide", stop);
    return () => {
      camera.alive = false;
      removeEventListener("pagehide", stop);
      stop();
    };
  }, []);
  useStart(options.autoStart === true, () => void start());

  return { stream, error, permissionStatus, capabilities, validation, checkPermission, start, stop, applyConstraints, isActive: stream !== null };
}

const CLOSED = { stream: null, error: null, capabilities: null, validation: null } as const;
