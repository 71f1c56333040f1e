//! What the package's script does for a check. Everything here may throw, and is declared so.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Document, DomException, Element, HtmlVideoElement, MediaError, MediaStream, Worker};

#[wasm_bindgen(typescript_custom_section)]
const TYPESCRIPT: &str = r#"
/** What the package's script does for a check. */
export interface Page {
  /** The worker for this check, which reports its failures as messages. Throws a fault (`{ code, detail }`). */
  spawnWorker(): Worker;
  /** Opens the camera, or gives the page's own stream. Rejects with a fault. */
  openCamera(): Promise<MediaStream>;
  /** Stops a stream that is no longer needed, unless it is the page's to stop. */
  closeCamera(stream: MediaStream): void;
  /** Whether the browser puts noise into what is read from a canvas. Throws a fault if it gives something else altogether. */
  readsNoise(): boolean;
  /** Whether the camera's label says that it is a program. */
  cameraIsVirtual(): boolean;
  /** Makes a request that nobody waits for and that outlives page and worker. */
  sendLast(request: import("./generated/wire.js").HttpRequest): void;
  /** Called on every change. */
  onChange(view: import("./generated/wire.js").CheckView): void;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// The package's script.
    #[wasm_bindgen(typescript_type = "Page")]
    #[derive(Clone, Debug)]
    pub type Page;
    #[wasm_bindgen(method, catch, js_name = spawnWorker)]
    pub(super) fn spawn_worker(this: &Page) -> Result<Worker, JsValue>;
    #[wasm_bindgen(method, catch, js_name = openCamera)]
    pub(super) fn open_camera(this: &Page) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = closeCamera)]
    pub(super) fn close_camera(this: &Page, stream: &MediaStream) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = readsNoise)]
    pub(super) fn reads_noise(this: &Page) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, js_name = cameraIsVirtual)]
    pub(super) fn camera_is_virtual(this: &Page) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, js_name = sendLast)]
    pub(super) fn send_last(this: &Page, request: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = onChange)]
    pub(super) fn on_change(this: &Page, view: &JsValue) -> Result<(), JsValue>;

    /// The preview. The page owns it and may have redefined its properties, so that it is no `HtmlVideoElement` here: most of
    /// what that can do would let an exception through.
    #[wasm_bindgen(extends = Element)]
    #[derive(Clone, Debug)]
    pub(super) type Preview;
    #[wasm_bindgen(method, catch, getter = ownerDocument)]
    pub(super) fn document(this: &Preview) -> Result<Document, JsValue>;
    #[wasm_bindgen(method, catch, setter = srcObject)]
    pub(super) fn show(this: &Preview, stream: Option<&MediaStream>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, getter = srcObject)]
    pub(super) fn shown(this: &Preview) -> Result<Option<MediaStream>, JsValue>;
    #[wasm_bindgen(method, catch, setter = src)]
    pub(super) fn open(this: &Preview, url: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, setter = muted)]
    pub(super) fn mute(this: &Preview, muted: bool) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAttribute)]
    pub(super) fn attribute(this: &Preview, name: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch, getter = videoWidth)]
    fn width(this: &Preview) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch, getter = videoHeight)]
    fn height(this: &Preview) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch, getter = currentTime)]
    fn seconds(this: &Preview) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch, setter = currentTime)]
    pub(super) fn go_to(this: &Preview, seconds: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, getter = playbackRate)]
    pub(super) fn rate(this: &Preview) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch, setter = playbackRate)]
    pub(super) fn set_rate(this: &Preview, rate: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, getter = paused)]
    pub(super) fn is_paused(this: &Preview) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, getter = ended)]
    pub(super) fn is_at_its_end(this: &Preview) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch, getter = error)]
    pub(super) fn failure(this: &Preview) -> Result<Option<MediaError>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = requestVideoFrameCallback)]
    pub(super) fn announce(this: &Preview, callback: &Function) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, catch, js_name = cancelVideoFrameCallback)]
    pub(super) fn announce_no_more(this: &Preview, handle: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = play)]
    fn play_itself(this: &Preview) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn pause(this: &Preview) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = load)]
    pub(super) fn reload(this: &Preview) -> Result<(), JsValue>;

    /// A camera's track.
    pub(super) type Track;
    #[wasm_bindgen(method, catch, js_name = getSettings)]
    pub(super) fn settings(this: &Track) -> Result<TrackSettings, JsValue>;
    pub(super) type TrackSettings;
    #[wasm_bindgen(method, getter)]
    pub(super) fn width(this: &TrackSettings) -> Option<u32>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn height(this: &TrackSettings) -> Option<u32>;
}

/// How long after somebody else has paused the preview it plays on.
pub(super) const RESUME_AFTER_MS: u32 = 250;

/// Whether [`Preview::begin`] was interrupted by a pause or by another source.
pub(super) fn is_abort(error: &JsValue) -> bool {
    is_named(error, "AbortError")
}

/// Whether it is the browser's error of this name.
pub(super) fn is_named(error: &JsValue, name: &str) -> bool {
    error.dyn_ref::<DomException>().is_some_and(|error| error.name() == name)
}

impl Preview {
    /// For the browser's own functions, which look at no property.
    pub(super) fn element(&self) -> &HtmlVideoElement {
        self.unchecked_ref()
    }

    /// Whether the page that it is in is shown: that of a pop-up is while the script's own is not.
    pub(super) fn is_visible(&self) -> bool {
        self.document().is_ok_and(|document| !document.hidden())
    }

    /// Plays; whatever the element's `play` gives back, a promise of the outcome.
    pub(super) fn begin(&self) -> Result<Promise, JsValue> {
        self.play_itself().map(|played| Promise::resolve(&played))
    }

    /// Width and height of what it shows; 0 before it does.
    pub(super) fn size(&self) -> Result<(u32, u32), JsValue> {
        Ok((self.width()?, self.height()?))
    }

    /// Where it is, in milliseconds.
    pub(super) fn time_ms(&self) -> Result<f64, JsValue> {
        Ok(self.seconds()? * 1000.0)
    }
}
