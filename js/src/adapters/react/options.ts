/** The names that users of the official SDK know, and the options of a check that they stand for. */
import type { OpenSession, PageOptions } from "../../core/given_session.js";
import type { GivenSession, LivenessOptions } from "../../core/index.js";

/** The API's endpoints by which pictures can be sent. Without one, they go to the gateway's own sessions as they are taken. */
export type LivenessEndpoint = "fast-check-crops" | "fast-check-stream";

const TRANSPORTS: Readonly<Record<LivenessEndpoint, NonNullable<LivenessOptions["transport"]>>> = {
  "fast-check-crops": "crops",
  "fast-check-stream": "stream",
};

/** What a provider gives to all that is below it. */
export interface LivenessSettings {
  /** The address of the gateway, which holds the API key. Default: the page's own origin. */
  baseUrl?: string | undefined;
  /** Model id, for example `mixed-30-v2`. Default: the gateway's. */
  model?: string | undefined;
  /** `X-Model-Version`, for example `latest`; needs `frameCount`. */
  modelVersion?: string | undefined;
  /** Folder of the package's files. Default: beside its script. */
  assetBase?: string | undefined;
  /** `fetch` credentials mode. Default `same-origin`. */
  credentials?: LivenessOptions["credentials"];
  /** An API key must never be in a page: the gateway holds it. Whoever passes one gets an error. */
  apiKey?: undefined;
}

/** What selects and names a check. */
export interface CheckProps extends LivenessSettings {
  /** How many pictures, for use with `modelVersion`. */
  frameCount?: number | undefined;
  /** Pictures per second. Default `10`. */
  fps?: number | undefined;
  /** Default: the gateway's sessions, which no other endpoint is quicker or safer than. */
  endpoint?: LivenessEndpoint | undefined;
  /** A session that your back end has opened, or a function that has one opened, which every start calls. Default: the check opens one. */
  session?: GivenSession | OpenSession | undefined;
  /** The id of a session that your back end has opened; needs `sessionToken`. */
  sessionId?: string | undefined;
  /** Its token. */
  sessionToken?: string | undefined;
  /** `live` is the camera. A recorded video: its URL, or a File or Blob. */
  source?: "live" | MediaStream | Blob | string | undefined;
}

/** Throws for what a developer has to change before anything can work. */
export function refuse(props: object): void {
  const { apiKey, endpoint, source } = props as { apiKey?: unknown; endpoint?: unknown; source?: unknown };
  if (apiKey !== undefined) {
    throw new TypeError("liveness-capture/react: `apiKey` must not be in a page, where everybody can read it. Remove it, give the key to the gateway (docs/gateway.md), and set `baseUrl` to the gateway's address.");
  }
  if (endpoint !== undefined && !Object.hasOwn(TRANSPORTS, String(endpoint))) {
    throw new TypeError(`liveness-capture/react: \`endpoint\` must be "fast-check-crops", "fast-check-stream" or absent, not ${JSON.stringify(endpoint)}. The gateway's address is \`baseUrl\`.`);
  }
  if (source === "media") {
    throw new TypeError('liveness-capture/react: `source="media"` does not say which video. Pass its URL, or the File or Blob.');
  }
}

/** Why a prop of the official SDK has no effect here. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  backgroundSegmentation: "pictures are sent as the camera took them",
  bgSegmentation: "pictures are sent as the camera took them",
  canCapture: "the check decides by its own gates; useSmartFrameCapture takes a `detectionGate`",
  consumer: "nothing about the page is sent",
  deviceIntelligenceOverrides: "nothing about the device is collected",
  enableDetection: "the check's gates are always in force",
  feedback: "use `words`",
  onDetectionUpdate: "detection runs in a worker; onGuidance tells what it asks of the person",
  ovalState: "the check draws its own guide",
  pipeline: "there is one",
  sequentialStreaming: "the connection decides how many pictures are sent at once",
  showCapturedFrames: "pictures never reach the page",
  statusMessages: "use `words`",
  targetFrames: "the model decides; with `modelVersion`, `frameCount` does",
  trackClientTime: "nothing but pictures and their times is sent",
};
const told = new Set<string>();

/** Says in the console, once a name, which props have no effect. */
export function warnOf(props: object): void {
  for (const name of Object.keys(props)) {
    const why = Object.hasOwn(WITHOUT_EFFECT, name) ? WITHOUT_EFFECT[name] : undefined;
    if (!why || told.has(name) || (props as Record<string, unknown>)[name] === undefined) continue;
    told.add(name);
    console.warn(`liveness-capture/react: \`${name}\` has no effect: ${why} (docs/migration.md).`);
  }
}

/** Without what is not set, so that it does not hide what is. */
function set<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)) as Partial<T>;
}

/** The options of a check; what a hook or component says goes before what its provider does. */
export function optionsOf(settings: LivenessSettings, props: CheckProps): PageOptions & { endpoint?: string | undefined; assetBase?: string | undefined } {
  const { baseUrl, endpoint, session, sessionId, sessionToken, source, model, modelVersion, frameCount, fps, assetBase, credentials } = { ...set(settings), ...set(props) } as CheckProps;
  const given = sessionId !== undefined || sessionToken !== undefined;
  return set({
    endpoint: baseUrl,
    transport: endpoint && TRANSPORTS[endpoint],
    // What is missing of it the check itself names.
    session: session ?? (given ? (set({ id: sessionId, token: sessionToken }) as GivenSession) : undefined),
    source: source === "live" ? undefined : source,
    model, modelVersion, frameCount, fps, assetBase, credentials,
  });
}

const [SLOWEST_MS, FASTEST_FPS] = [1_000, 30];

/** The pace of pictures for an interval between them; 0: as fast as a check goes. */
export function fpsOf(captureIntervalMs: number): number {
  if (!(captureIntervalMs >= 0 && captureIntervalMs <= SLOWEST_MS)) {
    throw new TypeError(`liveness-capture/react: \`captureIntervalMs\` must be a number from 0 to ${SLOWEST_MS}, not ${captureIntervalMs}.`);
  }
  return Math.min(FASTEST_FPS, 1_000 / captureIntervalMs);
}
