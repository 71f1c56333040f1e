// Components that are shown and taken away by a test, by way of `lab`.
import { type ReactNode, Component, StrictMode, Suspense, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { createRoot } from "react-dom/client";
import { LivenessCheck, LivenessProvider, LivenessView, useCamera, useLiveness, useModels, useSmartFrameCapture } from "liveness-capture/react";
import { Capture } from "./Capture";
import { Modal } from "./Modal";
import { OwnPage } from "./OwnPage";

interface Lab {
  show(name: string, key?: number): void;
  hide(): void;
  log: string[];
  /** What a component has to offer. */
  api: Record<string, unknown>;
  /** Resolves what has suspended. */
  resume(): void;
}
const log: string[] = [];
const lab: Lab = { show, hide: () => show(""), log, api: {}, resume: () => undefined };
Object.assign(globalThis, { lab });

const note = (text: string) => void log.push(text);

function View() {
  // Everything is another object at every render.
  const [count, setCount] = useState(0);
  lab.api["count"] = () => setCount((before) => before + 1);
  return (
    <LivenessView
      model="mixed-10-v2"
      fps={15}
      autoStartCamera
      options={{ timeouts: { positioning: 60_000 } }}
      words={{ element: { start: "Begin" } }}
      onStateChange={(state) => note(`state ${state} ${count}`)}
      onFrameCaptured={({ index, timestampMs }) => note(`frame ${index} ${timestampMs}`)}
      onCapabilities={(_, { meetsMinimum }) => note(`meets ${meetsMinimum}`)}
      onResult={({ verdict, sessionId }) => note(`verdict ${verdict} ${typeof sessionId}`)}
      onError={({ code }) => note(`error ${code}`)}
      onCancel={() => note("cancel")}
    />
  );
}

function Throwing() {
  const fail = (): never => {
    throw new Error("of the page's own");
  };
  return <LivenessCheck autoStart model="mixed-10-v2" fps={15} onState={fail} onProgress={fail} onResult={() => note("verdict")} />;
}

function Controls() {
  return (
    <LivenessView
      model="mixed-10-v2"
      showOverlay={false}
      renderControls={({ state, start, stop, reset }) => (
        <>
          <button onClick={start}>go</button>
          <button onClick={stop}>halt</button>
          <button onClick={reset}>anew</button>
          <output>{state}</output>
        </>
      )}
      onReset={() => note("reset")}
    />
  );
}

const OwnResult = () => <LivenessView model="mixed-10-v2" fps={15} renderResult={({ verdict }) => <output>{verdict}</output>} />;

/** A hook, with or without its video. */
function Hook({ late = false, never = false, gated = false }) {
  const videoRef = useRef<HTMLVideoElement>(null);
  const [shown, setShown] = useState(!late && !never);
  const gate = useRef(true);
  const liveness = useLiveness({
    videoRef,
    model: "mixed-10-v2",
    fps: 15,
    onResult: ({ verdict }) => note(`verdict ${verdict}`),
    onError: ({ code, detail }) => note(`error ${code} ${detail}`),
    onStateChange: (state) => note(`state ${state}`),
  });
  useSmartFrameCapture({
    videoRef,
    ...(gated ? { detectionGate: () => gate.current } : {}),
    onSequenceReset: () => note("sequence reset"),
    onComplete: (frames) => note(`complete ${frames.length}`),
  });
  Object.assign(lab.api, { ...liveness, gate: (open: boolean) => (gate.current = open), render: () => setShown(true), unrender: () => setShown(false) });
  const { start, stop } = liveness;
  useEffect(() => {
    start();
    return stop;
  }, [start, stop]);
  return shown ? <video ref={videoRef} playsInline muted /> : null;
}

/** Suspends as pages do whose data is being fetched anew. */
let waiting: Promise<void> | null = null;
function Data() {
  const [, again] = useState(0);
  lab.api["suspend"] = () => {
    waiting = new Promise((done) => {
      lab.resume = () => {
        waiting = null;
        done();
      };
    });
    again((before) => before + 1);
  };
  if (waiting) throw waiting;
  return <p>data</p>;
}

function Models() {
  const { activeModels, deprecatedModels, loading, error } = useModels();
  const [, again] = useState(0);
  useEffect(() => note("lists"), [activeModels, deprecatedModels]);
  lab.api["again"] = () => again((before) => before + 1);
  return <output>{loading ? "" : (error?.code ?? `${activeModels.length} ${deprecatedModels.length}`)}</output>;
}

/** In a frame: drawn there, or drawn in this page and put there. */
function Elsewhere({ drawnHere = false }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [place, setPlace] = useState<HTMLElement | null>(null);
  useEffect(() => {
    const { body } = frame.current!.contentDocument!;
    const here = document.createElement("div");
    setPlace(drawnHere ? here : body);
  }, [drawnHere]);
  useEffect(() => {
    if (place && drawnHere) frame.current!.contentDocument!.body.append(place);
  }, [place, drawnHere]);
  const check = <LivenessCheck autoStart model="mixed-10-v2" fps={15} onResult={() => note("verdict")} />;
  return (
    <>
      <iframe ref={frame} title="elsewhere" />
      {place && createPortal(check, place)}
      <output>there</output>
    </>
  );
}

/** With effects beside it, StrictMode mounts everything anew only after they have run. */
function Effects() {
  const { isActive } = useCamera({ autoStart: true });
  useEffect(() => note("effect"), []);
  return <output>{isActive ? "on" : "off"}</output>;
}

class Boundary extends Component<{ children: ReactNode }> {
  override state = { message: "" };
  static getDerivedStateFromError = ({ message }: Error) => ({ message });
  override render() {
    return this.state.message ? <output>{this.state.message}</output> : this.props.children;
  }
}
// As somebody passes it who does not check types.
const withKey = { apiKey: "sk-1" } as object;

const PLACES: Record<string, () => ReactNode> = {
  view: () => <View />,
  throwing: () => <Throwing />,
  controls: () => <Controls />,
  result: () => <OwnResult />,
  hook: () => <Hook />,
  gated: () => <Hook gated />,
  never: () => <Hook never />,
  late: () => <Hook late />,
  suspense: () => (
    <Suspense fallback={<p>loading</p>}>
      <View />
      <Hook />
      <Data />
    </Suspense>
  ),
  foreign: () => <Elsewhere />,
  moved: () => <Elsewhere drawnHere />,
  models: () => <Models />,
  camera: () => <Effects />,
  effects: () => (
    <>
      <View />
      <Effects />
    </>
  ),
  modal: () => <Modal />,
  own: () => <OwnPage />,
  capture: () => <Capture />,
  key: () => (
    <Boundary>
      <LivenessProvider {...withKey}>
        <View />
      </LivenessProvider>
    </Boundary>
  ),
};

const root = createRoot(document.getElementById("root")!);
function show(name: string, key = 0): void {
  root.render(
    <StrictMode>
      <div key={key}>{PLACES[name]?.()}</div>
    </StrictMode>,
  );
}
