//! How frames get from the source to the worker: one path per capability of the browser.
//!
//! The page's thread does nothing heavier than hand a frame over. One frame is in flight at a time:
//! [`FramePump::request`] asks for the newest, and no other comes until it is called again.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    CanvasRenderingContext2d, Document, HtmlCanvasElement, HtmlVideoElement, ImageBitmap,
    MediaStreamTrack,
};

use super::page::Preview;
use crate::wire::{FramePath, ToWorker};

#[wasm_bindgen]
extern "C" {
    type VideoFrame;
    #[wasm_bindgen(constructor, catch)]
    fn new(video: &HtmlVideoElement) -> Result<VideoFrame, JsValue>;
    #[wasm_bindgen(method, getter, js_name = displayWidth)]
    fn display_width(this: &VideoFrame) -> u32;
    #[wasm_bindgen(method, getter, js_name = displayHeight)]
    fn display_height(this: &VideoFrame) -> u32;

    type MediaStreamTrackProcessor;
    #[wasm_bindgen(constructor, catch)]
    fn new(init: &Object) -> Result<MediaStreamTrackProcessor, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &MediaStreamTrackProcessor) -> JsValue;
}

/// A frame for the worker, or the stream of frames, and what is transferred with it.
pub(super) struct Handover {
    pub message: ToWorker,
    pub transfer: JsValue,
}

/// Closes a frame that was not sent: a browser has few of them.
impl Drop for Handover {
    fn drop(&mut self) {
        let close = Reflect::get(&self.transfer, &"close".into()).ok();
        if let Some(close) = close.and_then(|close| close.dyn_into::<Function>().ok()) {
            // Does nothing if it has been transferred.
            let _ = close.call0(&self.transfer);
        }
    }
}

fn has_global(name: &str) -> bool {
    Reflect::has(&js_sys::global(), &name.into()).unwrap_or(false)
}

/// Whether frames say how they are to be turned: a phone's file may need it.
fn knows_rotation() -> bool {
    let get = |object: &JsValue, key: &str| Reflect::get(object, &key.into()).unwrap_or_default();
    let prototype = get(&get(&js_sys::global(), "VideoFrame"), "prototype");
    Reflect::has(&prototype, &"rotation".into()).unwrap_or(false)
}

fn has_frame_callback(video: &Preview) -> bool {
    Reflect::has(video, &"requestVideoFrameCallback".into()).unwrap_or(false)
}

/// The path to take, given what was asked for and what the browser has.
pub(super) fn choose(
    asked: FramePath,
    track: Option<&MediaStreamTrack>,
    video: &Preview,
) -> FramePath {
    if asked != FramePath::Auto {
        return asked;
    }
    if track.is_some() && has_global("MediaStreamTrackProcessor") {
        FramePath::TrackProcessor
    } else if has_frame_callback(video)
        && has_global("VideoFrame")
        && (track.is_some() || knows_rotation())
    {
        FramePath::VideoFrame
    } else if has_global("createImageBitmap") && has_global("OffscreenCanvas") {
        FramePath::ImageBitmap
    } else {
        FramePath::Canvas
    }
}

/// The track's frames as a stream that the worker reads itself.
pub(super) fn track_stream(track: &MediaStreamTrack) -> Result<Handover, JsValue> {
    let init = Object::new();
    Reflect::set(&init, &"track".into(), track)?;
    // The newest frame wins: the processor itself drops older ones.
    Reflect::set(&init, &"maxBufferSize".into(), &1.into())?;
    let readable = MediaStreamTrackProcessor::new(&init)?.readable();
    Ok(Handover { message: ToWorker::Stream { readable: readable.clone() }, transfer: readable })
}

type FrameCallback = Closure<dyn FnMut(JsValue, JsValue)>;
type Deliver = Box<dyn Fn(Result<Handover, JsValue>)>;

/// How long a browser may play without announcing a frame. WebKitGTK without graphics acceleration never does.
pub(super) const SILENT_AFTER_MS: u32 = 1_000;

/// Announces the frames that a video element shows, one for each [`FrameClock::watch`].
pub(super) struct FrameClock {
    video: Preview,
    handle: Cell<Option<Handle>>,
    callback: FrameCallback,
    /// Whether the browser has announced a frame itself.
    heard: Cell<bool>,
    /// Whether it is known not to.
    silent: Cell<bool>,
    doubt: RefCell<Option<Timeout>>,
    own: Weak<Self>,
}

#[derive(Clone, Copy)]
enum Handle {
    Video(u32),
    Animation(i32),
}

impl FrameClock {
    /// `tell` gets the frame's time in milliseconds, and whether it is the frame's own rather than the element's: then
    /// the same frame may be announced twice. An element that throws when it is asked has no time.
    pub(super) fn new(
        video: &Preview,
        tell: impl Fn(Result<f64, JsValue>, bool) + 'static,
    ) -> Rc<Self> {
        Rc::new_cyclic(|own: &Weak<Self>| {
            let weak = own.clone();
            let callback = Closure::new(move |_now, metadata: JsValue| {
                let Some(clock) = weak.upgrade() else { return };
                clock.handle.set(None);
                let time = Reflect::get(&metadata, &"mediaTime".into()).ok();
                let time = time.and_then(|time| time.as_f64());
                clock.heard.set(clock.heard.get() || time.is_some());
                let time_ms = time.map_or_else(|| clock.video.time_ms(), |time| Ok(time * 1000.0));
                tell(time_ms, time.is_some());
            });
            Self {
                video: video.clone(),
                handle: Cell::default(),
                callback,
                heard: Cell::default(),
                silent: Cell::default(),
                doubt: RefCell::default(),
                own: own.clone(),
            }
        })
    }

    /// Has the next frame announced.
    pub(super) fn watch(&self) -> Result<(), JsValue> {
        if self.handle.get().is_some() {
            return Ok(());
        }
        let function: &Function = self.callback.as_ref().unchecked_ref();
        if has_frame_callback(&self.video) && !self.silent.get() {
            let id = self.video.announce(function)?;
            // It is known how to cancel it, whatever comes next.
            self.handle.set(Some(Handle::Video(id)));
            return self.listen();
        }
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        self.handle.set(Some(Handle::Animation(window.request_animation_frame(function)?)));
        Ok(())
    }

    /// Looks after a while whether the element has played without a frame announced.
    fn listen(&self) -> Result<(), JsValue> {
        if self.heard.get() || self.doubt.borrow().is_some() {
            return Ok(());
        }
        let (weak, from_ms) = (self.own.clone(), self.video.time_ms()?);
        let doubt = Timeout::new(SILENT_AFTER_MS, move || {
            let Some(clock) = weak.upgrade() else { return };
            clock.doubt.take();
            // In a hidden page none is announced by any means.
            let plays = clock.video.time_ms().is_ok_and(|time_ms| time_ms > from_ms);
            if plays && !clock.heard.get() && clock.video.is_visible() {
                clock.silent.set(true);
                clock.forget();
                // It has worked before, or there is no window any more.
                let _ = clock.watch();
            } else {
                // Without a time nothing is known of it; no frame at all has a time limit of its own.
                let _ = clock.listen();
            }
        });
        self.doubt.replace(Some(doubt));
        Ok(())
    }

    fn forget(&self) {
        match self.handle.take() {
            Some(Handle::Video(id)) => {
                // Nobody listens any more if it is announced all the same.
                let _ = self.video.announce_no_more(id);
            }
            Some(Handle::Animation(id)) => {
                if let Some(window) = web_sys::window() {
                    // An unknown id is ignored by the browser.
                    let _ = window.cancel_animation_frame(id);
                }
            }
            None => {}
        }
    }
}

impl Drop for FrameClock {
    fn drop(&mut self) {
        self.forget();
    }
}

/// Takes what a video element shows, on one of the page-side paths.
#[derive(Clone)]
pub(super) struct Pictures {
    video: Preview,
    path: FramePath,
    canvas: Rc<RefCell<Option<(HtmlCanvasElement, CanvasRenderingContext2d)>>>,
}

impl Pictures {
    pub(super) fn new(video: Preview, path: FramePath) -> Self {
        Self { video, path, canvas: Rc::default() }
    }

    /// Hands the picture that is shown, with this time in milliseconds, to `then`: at once if the path can.
    pub(super) fn take(
        &self,
        timestamp_ms: f64,
        then: impl FnOnce(Result<Handover, JsValue>) + 'static,
    ) {
        match self.path {
            FramePath::Canvas => return then(self.canvas_pixels(timestamp_ms)),
            FramePath::VideoFrame => {
                if let Some(frame) = self.video_frame(timestamp_ms).transpose() {
                    return then(frame);
                }
            }
            _ => {}
        }
        let pictures = self.clone();
        spawn_local(async move {
            let bitmap = pictures.image_bitmap(timestamp_ms).await.transpose();
            then(bitmap.unwrap_or_else(|| pictures.canvas_pixels(timestamp_ms)));
        });
    }

    /// `None` if it does not have the shape that is shown: some browsers give a phone's video lying on its side, or
    /// pixels that are not square.
    fn video_frame(&self, timestamp: f64) -> Result<Option<Handover>, JsValue> {
        let frame = VideoFrame::new(self.video.element())?;
        let (width, height) = (frame.display_width(), frame.display_height());
        self.as_shown(timestamp, frame.into(), width, height)
    }

    /// The same as an `ImageBitmap`.
    async fn image_bitmap(&self, timestamp: f64) -> Result<Option<Handover>, JsValue> {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let promise = window.create_image_bitmap_with_html_video_element(self.video.element())?;
        let picture: ImageBitmap = JsFuture::from(promise).await?.unchecked_into();
        let (width, height) = (picture.width(), picture.height());
        self.as_shown(timestamp, picture.into(), width, height)
    }

    fn as_shown(
        &self,
        timestamp: f64,
        picture: JsValue,
        width: u32,
        height: u32,
    ) -> Result<Option<Handover>, JsValue> {
        let transfer = picture.clone();
        // Closed where it is dropped.
        let handover = Handover { message: ToWorker::Frame { timestamp, picture }, transfer };
        let is_shown = (width, height) == self.video.size()?;
        Ok(is_shown.then_some(handover))
    }

    fn canvas_pixels(&self, timestamp: f64) -> Result<Handover, JsValue> {
        let (width, height) = self.video.size()?;
        let mut slot = self.canvas.borrow_mut();
        if slot.is_none() {
            *slot = Some(new_canvas(&self.video.document()?)?);
        }
        let Some((canvas, context)) = slot.as_ref() else { return Err(JsValue::NULL) };
        if canvas.width() != width || canvas.height() != height {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        let (w, h) = (f64::from(width), f64::from(height));
        let video = self.video.element();
        context.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, w, h)?;
        let picture: JsValue = context.get_image_data(0.0, 0.0, w, h)?.into();
        let transfer = Reflect::get(&Reflect::get(&picture, &"data".into())?, &"buffer".into())?;
        Ok(Handover { message: ToWorker::Frame { timestamp, picture }, transfer })
    }
}

/// Takes frames from the video element when asked.
pub(super) struct FramePump {
    pictures: Pictures,
    deliver: Deliver,
    waiting: Cell<bool>,
    /// Skip frames before this time, unless time has gone backwards.
    not_before_ms: Cell<f64>,
    clock: RefCell<Option<Rc<FrameClock>>>,
    last_ms: Cell<f64>,
}

impl FramePump {
    /// A pump over `video`; `deliver` receives each requested frame.
    pub(super) fn new(video: &Preview, pictures: Pictures, deliver: Deliver) -> Rc<Self> {
        let pump = Rc::new(Self {
            pictures,
            deliver,
            waiting: Cell::new(false),
            not_before_ms: Cell::new(f64::NEG_INFINITY),
            clock: RefCell::default(),
            last_ms: Cell::new(-1.0),
        });
        let weak: Weak<Self> = Rc::downgrade(&pump);
        let clock = FrameClock::new(video, move |time_ms, is_its_own| {
            if let Some(pump) = weak.upgrade() {
                pump.on_frame(time_ms, is_its_own);
            }
        });
        pump.clock.replace(Some(clock));
        pump
    }

    /// Asks for the next frame the source presents, or the first that is late enough.
    pub(super) fn request(&self, not_before_ms: Option<f64>) {
        self.not_before_ms.set(not_before_ms.unwrap_or(f64::NEG_INFINITY));
        if !self.waiting.replace(true) {
            self.watch();
        }
    }

    fn watch(&self) {
        let clock = self.clock.borrow().clone();
        let watched = clock.map_or(Ok(()), |clock| clock.watch());
        if let Err(error) = watched {
            (self.deliver)(Err(error));
        }
    }

    fn on_frame(self: Rc<Self>, time_ms: Result<f64, JsValue>, is_its_own: bool) {
        if !self.waiting.get() {
            return;
        }
        // In WebKitGTK, all frames of a stream have the time 0.
        let is_its_own = is_its_own && time_ms.as_ref().is_ok_and(|time_ms| *time_ms > 0.0);
        let time_ms = if is_its_own { time_ms } else { self.pictures.video.time_ms() };
        let timestamp_ms = match time_ms {
            Ok(time_ms) => time_ms,
            Err(error) => return (self.deliver)(Err(error)),
        };
        let last_ms = self.last_ms.replace(timestamp_ms);
        // Without frame callbacks the same frame may be seen twice.
        let again = timestamp_ms == last_ms && !is_its_own;
        if again || (timestamp_ms < self.not_before_ms.get() && timestamp_ms >= last_ms) {
            return self.watch();
        }
        self.waiting.set(false);
        let pump = self.clone();
        self.pictures.take(timestamp_ms, move |picture| (pump.deliver)(picture));
    }
}

fn new_canvas(
    document: &Document,
) -> Result<(HtmlCanvasElement, CanvasRenderingContext2d), JsValue> {
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    let options = Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &true.into())?;
    let context = canvas.get_context_with_context_options("2d", &options)?;
    let context = context.ok_or_else(|| JsValue::from_str("no 2d context"))?;
    Ok((canvas, context.unchecked_into()))
}
