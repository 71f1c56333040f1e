import { MIN_CAMERA_SIDES } from "../generated/codes.js";

/**
 * Cameras: which there are, what they can do, and how the check asks for one. Their labels, and the ids that can be
 * asked for, are known only once the person has allowed a camera.
 */

/** A camera of this device. */
export interface Camera {
  /** For the option `deviceId`. Empty until a camera has been allowed. */
  deviceId: string;
  /** As the system names it. Empty until a camera has been allowed. */
  label: string;
  /** Which way it looks, if its label says so. */
  facing: "front" | "back" | null;
  /** By its label: sees infrared light, as the cameras do that unlock a computer. */
  infrared: boolean;
  /** By its label: measures distances. */
  depth: boolean;
  /** By its label: a program rather than a device. A label proves nothing. */
  virtual: boolean;
}

/** The camera of a check. */
export interface CameraInUse extends Camera {
  /** Pixels, as far as the browser tells; 0 if it does not. */
  width: number;
  height: number;
}

/** Lowest and highest value. */
export interface Range {
  min: number;
  max: number;
}

/** What an open camera can do; `null` where the browser does not tell. */
export interface CameraCapabilities extends CameraInUse {
  /** What it delivers now, per second; 0 if the browser does not tell. */
  fps: number;
  widths: Range | null;
  heights: Range | null;
  frameRates: Range | null;
}

/** What a check needs of a camera. */
export interface CameraRequirements {
  /** Pixels of the longer side. */
  width: number;
  /** Pixels of the shorter side. */
  height: number;
  /** Frames per second. */
  frameRate: number;
}

const FACING: readonly (readonly [NonNullable<Camera["facing"]>, RegExp])[] = [
  ["back", /\b(back|rear|environment|world)\b|rück|arrière|trase|tras[ei]ra|posterior|背面/i],
  ["front", /\b(front|user|selfie|face\s?time|integrated|built-?in)\b|avant|frontal|前面/i],
];
const INFRARED = /\b(ir|infra-?red|hello)\b/i;
const DEPTH = /\b(depth|tof|lidar)\b/i;
/** Cameras of several sensors name the one that sees colours. */
const COLOUR = /\b(rgb|colou?r)\b/i;
const VIRTUAL =
  /virtual|\bobs\b|manycam|xsplit|snap camera|camtwist|mmhmm|droidcam|iriun|epoccam|\bivcam\b|\bndi\b|v4l2loopback|dummy|fake|splitcam|sparkocam|webcamoid|youcam|e2esoft|\bvcam\b/i;

/** What a camera's label says about it. */
export function readLabel(deviceId: string, label: string): Camera {
  const special = !COLOUR.test(label);
  return {
    deviceId,
    label,
    facing: FACING.find(([, words]) => words.test(label))?.[0] ?? null,
    infrared: special && INFRARED.test(label),
    depth: special && DEPTH.test(label),
    virtual: VIRTUAL.test(label),
  };
}

/** Lower is better: what sees no colours comes last, what looks away from the person before it. */
const rank = ({ infrared, depth, facing }: Camera): number =>
  infrared || depth ? 4 : { front: 0, none: 1, back: 2 }[facing ?? "none"];

/** Whether another camera, if there is one, suits a check better. */
export const isPoor = (camera: Camera): boolean => rank(camera) > 1;

/** The better ones first; those of equal worth in the browser's order. */
const byWorth = (cameras: Camera[]): Camera[] => [...cameras].sort((one, other) => rank(one) - rank(other));

/** The browser's devices, if it has any: despite its type, this is undefined in an insecure context. */
const devicesOf = (): MediaDevices | undefined => navigator.mediaDevices;

/** The cameras, those that suit a check best first. Asks for nothing. */
export async function listCameras(): Promise<Camera[]> {
  const devices = (await devicesOf()?.enumerateDevices?.()) ?? [];
  return byWorth(devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId, label }) => readLabel(deviceId, label)));
}

/** Calls `listener` with the cameras whenever one is added or removed, until the function returned is called. */
export function watchCameras(listener: (cameras: Camera[]) => void): () => void {
  const devices = devicesOf();
  let watching = true;
  const onChange = async (): Promise<void> => {
    const cameras = await listCameras().catch(() => null);
    if (cameras && watching) listener(cameras);
  };
  devices?.addEventListener?.("devicechange", onChange);
  return () => {
    watching = false;
    devices?.removeEventListener?.("devicechange", onChange);
  };
}

const trackOf = (camera: MediaStream | MediaStreamTrack): MediaStreamTrack | undefined =>
  "getVideoTracks" in camera ? camera.getVideoTracks()[0] : camera;

/** The camera behind a stream or track. */
export function cameraInUse(camera: MediaStream | MediaStreamTrack): CameraInUse {
  const track = trackOf(camera);
  const { deviceId = "", width = 0, height = 0, facingMode } = track?.getSettings?.() ?? {};
  const read = readLabel(deviceId, track?.label ?? "");
  const facing = facingMode === "user" ? "front" : facingMode === "environment" ? "back" : read.facing;
  return { ...read, facing, width, height };
}

/** What an open camera can do, for diagnosis and for `validateCameraRequirements`. */
export function getCameraCapabilities(camera: MediaStream | MediaStreamTrack): CameraCapabilities {
  const track = trackOf(camera);
  const can = track?.getCapabilities?.() ?? {};
  const range = ({ min, max }: { min?: number; max?: number } = {}): Range | null =>
    min === undefined || max === undefined ? null : { min, max };
  return {
    ...cameraInUse(camera),
    fps: track?.getSettings?.().frameRate ?? 0,
    widths: range(can.width),
    heights: range(can.height),
    frameRates: range(can.frameRate),
  };
}

const [LONGER, SHORTER] = MIN_CAMERA_SIDES;

/** The least a check works with. */
export const CAMERA_REQUIREMENTS: CameraRequirements = { width: LONGER, height: SHORTER, frameRate: 5 };

/** What a camera lacks for a check, in English, for developers; empty if it has all that is known of it. */
export function validateCameraRequirements(
  { width, height, fps, widths, heights, frameRates, infrared, depth }: CameraCapabilities,
  requirements: { [Name in keyof CameraRequirements]?: CameraRequirements[Name] | undefined } = {},
): string[] {
  const { width: longest = LONGER, height: shortest = SHORTER, frameRate = CAMERA_REQUIREMENTS.frameRate } = requirements;
  const sides = [widths?.max ?? width, heights?.max ?? height];
  const rate = frameRates?.max ?? fps;
  const problems: string[] = [];
  // Held upright, a camera's longer side is its height.
  const [longer, shorter] = [Math.max(...sides), Math.min(...sides)];
  if (longer && (longer < longest || shorter < shortest)) problems.push(`${longer} x ${shorter} pixels, less than ${longest} x ${shortest}`);
  if (rate && rate < frameRate) problems.push(`${rate} frames per second, less than ${frameRate}`);
  if (infrared) problems.push("an infrared camera");
  if (depth) problems.push("a depth camera");
  return problems;
}

/** What the check asks `getUserMedia` for: this camera, or the one that looks at the person. */
export function getOptimalConstraints(deviceId?: string): MediaStreamConstraints {
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  const size = { width: { ideal: 1280, min: LONGER }, height: { ideal: 720, min: SHORTER }, frameRate: { ideal: 30, min: 15 } };
  return { audio: false, video: { ...size, ...which } };
}

/** The same with nothing that a camera could fail at. */
export function softConstraints(deviceId?: string): MediaStreamConstraints {
  const which = deviceId ? { deviceId: { ideal: deviceId } } : { facingMode: "user" };
  return { audio: false, video: { width: { ideal: 640 }, height: { ideal: 480 }, ...which } };
}
