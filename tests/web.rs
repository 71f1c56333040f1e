//! The boundary between Rust and the browser, in headless Chromium.

#![cfg(target_arch = "wasm32")]

#[path = "web/preview.rs"]
mod preview;
#[path = "web/requests.rs"]
mod requests;

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Reflect};
use liveness_capture::host::{Check, Page};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;
use web_sys::HtmlVideoElement;

wasm_bindgen_test_configure!(run_in_browser);

fn object(pairs: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in pairs {
        Reflect::set(&object, &(*key).into(), value).unwrap();
    }
    object.into()
}

fn text(value: &JsValue, key: &str) -> Option<String> {
    Reflect::get(value, &key.into()).ok()?.as_string()
}

fn video() -> HtmlVideoElement {
    let document = web_sys::window().unwrap().document().unwrap();
    document.create_element("video").unwrap().unchecked_into()
}

/// A worker that never answers.
const SILENT_WORKER: &str = "return new Worker('data:text/javascript,')";

/// Stands in for the package's script, with a worker made by the test. As in the package, the worker's errors
/// arrive as messages.
fn page(spawn_worker: &str, on_change: &Function) -> Page {
    let make = format!(
        "const spawn = () => {{ {spawn_worker} }}; return {{ onChange, readsNoise: () => false, cameraIsVirtual: () => false, sendLast: (request) => {{ \
         (window.__last ??= []).push(request); }}, openCamera: () => \
         navigator.mediaDevices.getUserMedia({{ video: true }}), closeCamera: (stream) => \
         stream.getTracks().forEach((track) => track.stop()), spawnWorker: () => {{ const worker = spawn(); \
         let code = 'engine_load_failed'; worker.addEventListener('message', () => {{ \
         code = 'engine_crashed'; }}, {{ once: true }}); worker.addEventListener('error', (event) => {{ event.preventDefault(); const data = {{ type: 'error', \
         code, detail: event.message ?? '' }}; \
         worker.dispatchEvent(new MessageEvent('message', {{ data }})); }}); return worker; }} }};"
    );
    Function::new_with_args("onChange", &make)
        .call1(&JsValue::NULL, on_change)
        .unwrap()
        .unchecked_into()
}

/// Replaces `getUserMedia` with the body of a function, and records its calls in `window.__calls`. No stream of an earlier test
/// stays for one of this.
fn fake_camera(body: &str) {
    let install = format!(
        "window.__calls = []; window.__stream = null; const devices = {{ getUserMedia: (constraints) => {{ \
         window.__calls.push(constraints); {body} }} }}; \
         Object.defineProperty(navigator, 'mediaDevices', {{ value: devices, configurable: true }});"
    );
    Function::new_no_args(&install).call0(&JsValue::NULL).unwrap();
}

const CANVAS_STREAM: &str = "const canvas = document.createElement('canvas'); \
    canvas.width = 640; canvas.height = 480; canvas.getContext('2d').fillRect(0, 0, 640, 480); \
    window.__timer = setInterval(() => canvas.getContext('2d').fillRect(0, 0, 9, 9), 30); \
    window.__stream = canvas.captureStream(30); return Promise.resolve(window.__stream);";

struct Run {
    check: Check,
    seen: Rc<RefCell<Vec<JsValue>>>,
    _on_change: Closure<dyn FnMut(JsValue)>,
}

fn start(options: &[(&str, JsValue)], worker: &str) -> Run {
    start_in(video(), options, worker)
}

fn start_in(preview: HtmlVideoElement, options: &[(&str, JsValue)], worker: &str) -> Run {
    let seen: Rc<RefCell<Vec<JsValue>>> = Rc::default();
    let sink = seen.clone();
    let on_change = Closure::new(move |snapshot| sink.borrow_mut().push(snapshot));
    let function: &Function = on_change.as_ref().unchecked_ref();
    // Unless told otherwise, the transport that needs no server until its last request.
    let options = [&[("transport", "crops".into())], options].concat();
    let check = Check::new(object(&options), preview, page(worker, function)).unwrap();
    check.start();
    Run { check, seen, _on_change: on_change }
}

impl Run {
    fn state(&self) -> Option<String> {
        self.seen.borrow().last().and_then(|last| text(last, "state"))
    }

    async fn until(&self, state: &str) -> JsValue {
        self.shows(state, |last| text(last, "state").as_deref() == Some(state)).await
    }

    /// Waits for a snapshot of which this holds.
    async fn shows(&self, what: &str, holds: impl Fn(&JsValue) -> bool) -> JsValue {
        for _ in 0..200 {
            let last = self.seen.borrow().last().cloned();
            if let Some(last) = last.filter(&holds) {
                return last;
            }
            TimeoutFuture::new(25).await;
        }
        panic!("{what:?} was not reached; seen {:?}", self.seen.borrow());
    }
}

fn error_code(snapshot: &JsValue) -> Option<String> {
    text(&Reflect::get(snapshot, &"error".into()).ok()?, "code")
}

fn live_tracks() -> usize {
    let live = "window.__stream?.getTracks().filter(({ readyState }) => readyState === 'live').length ?? 0";
    told(live).as_f64().unwrap() as usize
}

/// The value of an expression in which `engine` is the worker's record.
fn told(expression: &str) -> JsValue {
    Function::new_no_args(&format!("const engine = window.__engine; return {expression}"))
        .call0(&JsValue::NULL)
        .unwrap()
}

async fn until(expression: &str) {
    for _ in 0..400 {
        if told(expression).is_truthy() {
            return;
        }
        TimeoutFuture::new(25).await;
    }
    panic!("never: {expression}");
}

/// A camera that opens when the test calls `window.__give`.
fn fake_late_camera() {
    fake_camera(&format!(
        "return new Promise((resolve) => {{ window.__give = resolve; }}).then(() => {{ {CANVAS_STREAM} }})"
    ));
}

/// Waits until the page's script has asked for the camera.
async fn asked_for_camera() {
    until("window.__calls.length === 1").await;
}

/// Waits until the camera has opened, if that is still to come, and its tracks have been stopped.
async fn camera_is_stopped() {
    until("window.__stream?.getTracks().every(({ readyState }) => readyState === 'ended')").await;
}

/// The script checks types, bounds and names (`tests/js/options.test.mjs`); this is the rest.
#[wasm_bindgen_test]
fn options_are_checked_against_the_registry() {
    let on_change = Function::new_no_args("");
    for (options, word) in [
        (object(&[("modelVersion", "latest".into())]), "modelVersion"),
        (object(&[("transport", "pigeon".into())]), "pigeon"),
        (object(&[("model", "no-such".into()), ("transport", "crops".into())]), "no-such"),
        (object(&[("fps", 31.into())]), "target_fps"),
        (object(&[("timeouts", object(&[("upload", JsValue::from(-1))]))]), "upload"),
        (object(&[("timeouts", object(&[("verify", JsValue::from(1e11))]))]), "verify"),
    ] {
        let page = page(SILENT_WORKER, &on_change);
        let error = Check::new(options, video(), page).err().unwrap();
        assert_eq!(text(&error, "code").as_deref(), Some("invalid_options"));
        let detail = text(&error, "detail").unwrap();
        assert!(detail.contains(word), "{detail} does not name {word}");
    }
}

#[wasm_bindgen_test]
async fn a_refused_camera_ends_the_check_with_its_code() {
    // The script has found the code (`tests/js/camera.test.mjs`).
    fake_camera("return Promise.reject({ code: 'camera_denied', detail: 'NotAllowedError' })");
    let run = start(&[], SILENT_WORKER);
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("camera_denied"));
}

#[wasm_bindgen_test]
async fn cancel_stops_the_camera_even_if_it_arrives_late() {
    fake_late_camera();
    let run = start(&[], SILENT_WORKER);
    asked_for_camera().await;
    run.check.cancel();
    run.until("cancelled").await;
    script("window.__give()");
    camera_is_stopped().await;
}

#[wasm_bindgen_test]
async fn a_camera_in_use_is_released_when_the_check_is_dropped() {
    fake_camera(CANVAS_STREAM);
    let run = start(&[], SILENT_WORKER);
    run.until("loading").await;
    assert_eq!(live_tracks(), 1);
    drop(run);
    assert_eq!(live_tracks(), 0);
}

#[wasm_bindgen_test]
async fn the_worker_is_taken_once_and_ended_with_the_check() {
    fake_camera(CANVAS_STREAM);
    let counted = "const worker = new Worker('data:text/javascript,'); window.__workers ??= [0, 0]; \
         worker.terminate = () => { window.__workers[1] += 1; }; \
         window.__workers[0] += 1; return worker;";
    let counts = || {
        let counts = Reflect::get(&js_sys::global(), &"__workers".into()).unwrap();
        String::from(js_sys::JSON::stringify(&counts).unwrap())
    };
    let run = start(&[], counted);
    run.until("loading").await;
    assert_eq!(counts(), "[1,0]");
    run.check.cancel();
    assert_eq!(counts(), "[1,1]");
    drop(run);
    assert_eq!(counts(), "[1,1]");
}

#[wasm_bindgen_test]
async fn a_worker_that_cannot_start_is_a_typed_error() {
    fake_camera(CANVAS_STREAM);
    let run = start(&[], "return new Worker('/no-such-worker.js')");
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("engine_load_failed"));
    camera_is_stopped().await;
}

#[wasm_bindgen_test]
async fn a_worker_that_dies_later_is_a_typed_error() {
    fake_camera(CANVAS_STREAM);
    let dying = "return new Worker('data:text/javascript,' + encodeURIComponent(\
         \"onmessage = ({ data }) => { for (const { type } of [data].flat()) if (type === 'init') { \
         postMessage({type: 'ready'}); setTimeout(() => { throw new Error('trap') }, 100); } }\"))";
    let run = start(&[("framePath", "canvas".into())], dying);
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("engine_crashed"));
    assert_eq!(live_tracks(), 0);
}

#[wasm_bindgen_test]
async fn an_engine_that_never_loads_times_out() {
    fake_camera(CANVAS_STREAM);
    let timeouts = object(&[("loading", JsValue::from(200))]);
    let run = start(&[("timeouts", timeouts)], SILENT_WORKER);
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("engine_load_timeout"));
    assert_eq!(live_tracks(), 0);
}

#[wasm_bindgen_test]
async fn an_unreadable_message_is_reported_as_a_bug() {
    fake_camera(CANVAS_STREAM);
    let odd = "return new Worker('data:text/javascript,postMessage({ type: \"analysed\", width: \"wide\" })')";
    let run = start(&[], odd);
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("internal"));
}

#[wasm_bindgen_test]
async fn a_cancelled_checks_late_camera_leaves_the_next_checks_preview_alone() {
    fake_late_camera();
    let element = video();
    let on_change = Function::new_no_args("");
    let options = || object(&[("transport", "crops".into())]);
    let first = Check::new(options(), element.clone(), page(SILENT_WORKER, &on_change)).unwrap();
    first.start();
    asked_for_camera().await;
    first.cancel();
    fake_camera(&CANVAS_STREAM.replace("__stream", "__second"));
    let second = Check::new(options(), element.clone(), page(SILENT_WORKER, &on_change)).unwrap();
    second.start();
    until("window.__second").await;
    script("window.__give()");
    camera_is_stopped().await;
    let shown = Reflect::get(&element, &"srcObject".into()).unwrap();
    assert_eq!(shown, Reflect::get(&js_sys::global(), &"__second".into()).unwrap());
    drop((first, second));
    assert!(Reflect::get(&element, &"srcObject".into()).unwrap().is_null());
}

/// Lets the page do something to the stream or the element.
fn script(body: &str) {
    Function::new_no_args(body).call0(&JsValue::NULL).unwrap();
}

fn guidance(run: &Run) -> Option<String> {
    run.seen.borrow().last().and_then(|last| text(last, "guidance"))
}

#[wasm_bindgen_test]
async fn a_muted_track_is_a_pause_and_an_ended_one_the_end() {
    fake_camera(CANVAS_STREAM);
    let run = start(&[], SILENT_WORKER);
    run.until("loading").await;
    script("window.__stream.getVideoTracks()[0].dispatchEvent(new Event('mute'))");
    assert_eq!(guidance(&run).as_deref(), Some("camera-paused"));
    script("window.__stream.getVideoTracks()[0].dispatchEvent(new Event('unmute'))");
    assert_eq!(guidance(&run).as_deref(), Some("wait"));
    script("window.__stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))");
    assert_eq!(error_code(&run.until("failed").await).as_deref(), Some("camera_ended"));
}

#[wasm_bindgen_test]
async fn a_camera_that_is_too_small_is_refused() {
    fake_camera(&CANVAS_STREAM.replace("= 640", "= 320").replace("= 480", "= 240"));
    let run = start(&[], SILENT_WORKER);
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("camera_resolution_too_low"));
    assert_eq!(live_tracks(), 0);
}

#[cfg(feature = "vision")]
#[wasm_bindgen_test]
fn bytes_that_are_not_a_model_are_refused() {
    let error = liveness_capture::vision::Vision::new(b"not a model").err().unwrap();
    assert_eq!(text(&error, "code").as_deref(), Some("engine_invalid"));
}

#[derive(Debug, serde::Deserialize)]
struct Everything {
    number: f64,
    whole: u32,
    word: liveness_protocol::SessionState,
    list: Vec<(String, String)>,
    #[serde(default)]
    flag: Option<bool>,
    #[serde(with = "liveness_capture::wire::read::as_is")]
    kept: js_sys::Uint8Array,
}

#[wasm_bindgen_test]
fn values_are_read_by_their_types_and_never_quoted() {
    let read = |source: &str| {
        let value = Function::new_no_args(&format!("return {source}")).call0(&JsValue::NULL);
        liveness_capture::wire::read::read::<Everything>(value.unwrap())
    };
    let whole =
        "number: 0.5, whole: 3, word: 'open', list: [['a', 'b']], kept: new Uint8Array([7])";
    let everything = read(&format!("({{ {whole}, other: 1n }})")).unwrap();
    assert_eq!((everything.number, everything.whole), (0.5, 3));
    assert_eq!(everything.word, liveness_protocol::SessionState::Open);
    assert_eq!(everything.list, [("a".to_owned(), "b".to_owned())]);
    assert_eq!((everything.flag, everything.kept.to_vec()), (None, vec![7]));
    assert_eq!(read(&format!("({{ {whole}, flag: true }})")).unwrap().flag, Some(true));
    assert_eq!(read(&format!("({{ {whole}, flag: null }})")).unwrap().flag, None);
    assert!(read(&format!("Object.assign(Object.create(null), {{ {whole} }})")).is_ok());
    for (change, said) in [
        ("number: '0.5'", "expected f64, found a string"),
        ("number: undefined", "missing field `number`"),
        ("whole: 3.5", "expected u32, found another number"),
        ("whole: -1", "expected u32, found another number"),
        ("whole: 4294967296", "expected u32, found another number"),
        ("whole: NaN", "expected u32, found another number"),
        ("word: 'shut'", "unknown variant `shut`, expected"),
        ("word: 3", "found another number"),
        ("list: {}", "expected a sequence, found something else"),
        ("list: [['a']]", "invalid length 1"),
        ("list: [['a', null]]", "expected a string, found nothing"),
        ("flag: 'yes'", "expected a boolean, found a string"),
        ("kept: [7]", "a value of another class"),
    ] {
        let error = read(&format!("({{ {whole}, {change} }})")).unwrap_err().to_string();
        assert!(error.contains(said), "{change}: {error}");
    }
    for source in ["null", "undefined", "3", "'text'", "true"] {
        let error = read(source).unwrap_err().to_string();
        assert!(error.starts_with("expected struct Everything"), "{source}: {error}");
    }
}
