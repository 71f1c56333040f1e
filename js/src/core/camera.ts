/** Opens the check's camera: what is asked for, what is tried next, and what a refusal means. */
import type { FailureCode } from "../generated/codes.js";
import { type Camera, getOptimalConstraints, isPoor, listCameras, cameraInUse, softConstraints } from "./cameras.js";
import { LivenessError } from "./errors.js";
import { recall, remember } from "./memory.js";

/** By the name of the rejection, in all the spellings that browsers have had. */
const CODES = new Map<string, FailureCode>(Object.entries({
  NotAllowedError: "camera_denied",
  PermissionDeniedError: "camera_denied",
  PermissionDismissedError: "camera_dismissed",
  SecurityError: "camera_blocked_by_policy",
  NotFoundError: "camera_not_found",
  DevicesNotFoundError: "camera_not_found",
  NotReadableError: "camera_in_use",
  TrackStartError: "camera_in_use",
  OverconstrainedError: "camera_overconstrained",
  ConstraintNotSatisfiedError: "camera_overconstrained",
  TypeError: "camera_unsupported",
  NotSupportedError: "camera_unsupported",
}));

/** Rejections after which less is asked for: what was asked for may be the reason. */
const ASKED_TOO_MUCH = /^(Overconstrained|ConstraintNotSatisfied|NotReadable|TrackStart|Abort)Error$/;

/** The code for a rejection of `getUserMedia`. `allowed`: what the document's permissions policy says, if it can be asked. */
export function rejectionCode(name: string, message: string, allowed?: boolean): FailureCode {
  // AbortError, InvalidStateError and whatever a browser invents next.
  const code = CODES.get(name) ?? "camera_failed";
  if (code !== "camera_denied") return code;
  if (allowed === false) return "camera_blocked_by_policy";
  // Chromium tells these apart only in the message.
  if (/\bsystem\b/i.test(message)) return "camera_blocked_by_system";
  return /dismissed/i.test(message) ? "camera_dismissed" : code;
}

/** What the permissions policy says of the camera, if the browser can tell. */
function allowedByPolicy(): boolean | undefined {
  const { permissionsPolicy, featurePolicy } = document as unknown as Record<string, { allowsFeature?: (name: string) => boolean } | undefined>;
  return (permissionsPolicy ?? featurePolicy)?.allowsFeature?.("camera");
}

function refusal(error: unknown): LivenessError {
  if (error instanceof LivenessError) return error;
  const { name = "", message = "" } = (error ?? {}) as Partial<Error>;
  const detail = `${name}: ${message}`;
  // A page that was opened as a file has none either.
  if (origin === "null" && location.protocol !== "file:") return new LivenessError("camera_blocked_by_policy", `${detail}; the frame's sandbox lacks allow-same-origin`);
  return new LivenessError(rejectionCode(name, message, allowedByPolicy()), detail);
}

/**
 * Opens a camera. `keep` gets each stream as soon as it is open, and nothing before one is asked for; it throws if the check
 * has ended. `drop` gets a stream that is not used after all.
 */
export async function openCamera(
  deviceId: string | undefined,
  remembers: boolean,
  keep: (stream?: MediaStream) => void,
  drop: (stream: MediaStream) => void,
): Promise<MediaStream> {
  // Despite its type, this is undefined in an insecure context.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) throw new LivenessError(isSecureContext ? "camera_unsupported" : "camera_insecure_context");

  /** The first of these that can be had. */
  const ask = async ([constraints, ...softer]: MediaStreamConstraints[]): Promise<MediaStream> => {
    keep();
    try {
      const stream = await devices.getUserMedia(constraints);
      if (typeof stream?.getVideoTracks !== "function") throw new LivenessError("camera_failed", "getUserMedia gave no MediaStream");
      keep(stream);
      return stream;
    } catch (error) {
      if (softer.length === 0 || !ASKED_TOO_MUCH.test((error as Error | null)?.name ?? "")) throw refusal(error);
      return ask(softer);
    }
  };

  const last = remembers ? recall() : undefined;
  const stream = await ask([...(last && !deviceId ? [getOptimalConstraints(last)] : []), getOptimalConstraints(deviceId), softConstraints(deviceId)]);
  const used = cameraInUse(stream);
  // One that was chosen is used, whatever it is; but it may be gone. Not every browser says which is open.
  const isChosen = deviceId ? !used.deviceId || used.deviceId === deviceId : used.deviceId === last;
  if (deviceId && isChosen && remembers) remember(deviceId);
  if (isChosen || !isPoor(used)) return stream;
  // A virtual one may have no picture, whatever its label says of it.
  const better = (await listCameras().catch((): Camera[] => [])).find((camera) => camera.deviceId && !camera.virtual && !isPoor(camera));
  if (!better) return stream;
  // Two sensors of one device can seldom be open at once.
  drop(stream);
  const open = ({ deviceId }: Camera): Promise<MediaStream> => ask([getOptimalConstraints(deviceId), softConstraints(deviceId)]);
  // Another program may hold it: then a poor camera is better than none.
  return open(better).catch(() => open(used));
}
