//! How frames get from the source to the worker: one path per capability of the browser.
//!
//! The page's thread does nothing heavier than hand a frame over. One frame is in flight at a time:
//! [`FramePump::request`] asks for the newest, and no other comes until it is called again.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStreamTrack};

use crate::wire::{FramePath, ToWorker};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = HtmlVideoElement)]
    type CallbackVideo;
    #[wasm_bindgen(method, catch, js_name = requestVideoFrameCallback)]
    fn request_video_frame_callback(
        this: &CallbackVideo,
        callback: &Function,
    ) -> Result<u32, JsValue>;
    #[wasm_bindgen(method, js_name = cancelVideoFrameCallback)]
    fn cancel_video_frame_callback(this: &CallbackVideo, handle: u32);

    type VideoFrame;
    #[wasm_bindgen(constructor, catch)]
    fn new(video: &HtmlVideoElement) -> Result<VideoFrame, JsValue>;

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

fn has_frame_callback(video: &HtmlVideoElement) -> bool {
    Reflect::has(video, &"requestVideoFrameCallback".into()).unwrap_or(false)
}

/// The path to take, given what was asked for and what the browser has.
pub(super) fn choose(
    asked: FramePath,
    track: Option<&MediaStreamTrack>,
    video: &HtmlVideoElement,
) -> FramePath {
    if asked != FramePath::Auto {
        return asked;
    }
    if track.is_some() && has_global("MediaStreamTrackProcessor") {
        FramePath::TrackProcessor
    } else if has_frame_callback(video) && has_global("VideoFrame") {
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

/// Takes frames from the video element when asked.
pub(super) struct FramePump {
    video: HtmlVideoElement,
    path: FramePath,
    canvas: RefCell<Option<(HtmlCanvasElement, CanvasRenderingContext2d)>>,
    deliver: Deliver,
    waiting: Cell<bool>,
    /// Skip frames before this time, unless time has gone backwards.
    not_before_ms: Cell<f64>,
    handle: Cell<Option<Handle>>,
    callback: RefCell<Option<FrameCallback>>,
    last_ms: Cell<f64>,
}

#[derive(Clone, Copy)]
enum Handle {
    Video(u32),
    Animation(i32),
}

impl FramePump {
    /// A pump over `video` on one of the page-side paths; `deliver` receives each requested frame.
    pub(super) fn new(video: HtmlVideoElement, path: FramePath, deliver: Deliver) -> Rc<Self> {
        let pump = Rc::new(Self {
            video,
            path,
            canvas: RefCell::new(None),
            deliver,
            waiting: Cell::new(false),
            not_before_ms: Cell::new(f64::NEG_INFINITY),
            handle: Cell::new(None),
            callback: RefCell::new(None),
            last_ms: Cell::new(-1.0),
        });
        let weak = Rc::downgrade(&pump);
        let callback = Closure::new(move |_now, metadata| Self::on_frame(&weak, &metadata));
        pump.callback.replace(Some(callback));
        pump
    }

    /// Asks for the next frame the source presents, or the first that is late enough.
    pub(super) fn request(&self, not_before_ms: Option<f64>) {
        self.not_before_ms.set(not_before_ms.unwrap_or(f64::NEG_INFINITY));
        if !self.waiting.replace(true) {
            self.schedule();
        }
    }

    fn schedule(&self) {
        let callback = self.callback.borrow();
        let Some(callback) = callback.as_ref() else { return };
        let function: &Function = callback.as_ref().unchecked_ref();
        let handle = if has_frame_callback(&self.video) {
            let video: &CallbackVideo = self.video.unchecked_ref();
            video.request_video_frame_callback(function).map(Handle::Video)
        } else {
            match web_sys::window() {
                Some(window) => window.request_animation_frame(function).map(Handle::Animation),
                None => return,
            }
        };
        match handle {
            Ok(handle) => self.handle.set(Some(handle)),
            Err(error) => (self.deliver)(Err(error)),
        }
    }

    fn on_frame(weak: &Weak<Self>, metadata: &JsValue) {
        let Some(pump) = weak.upgrade() else { return };
        pump.handle.set(None);
        if !pump.waiting.get() {
            return;
        }
        let media_time = Reflect::get(metadata, &"mediaTime".into()).ok().and_then(|v| v.as_f64());
        let timestamp_ms = media_time.unwrap_or_else(|| pump.video.current_time()) * 1000.0;
        let last_ms = pump.last_ms.replace(timestamp_ms);
        // Without frame callbacks the same frame may be seen twice.
        let again = timestamp_ms == last_ms && media_time.is_none();
        if again || (timestamp_ms < pump.not_before_ms.get() && timestamp_ms >= last_ms) {
            pump.schedule();
            return;
        }
        pump.waiting.set(false);
        match pump.path {
            FramePath::VideoFrame => (pump.deliver)(pump.video_frame(timestamp_ms)),
            FramePath::ImageBitmap => {
                spawn_local(async move {
                    let message = pump.image_bitmap(timestamp_ms).await;
                    (pump.deliver)(message);
                });
            }
            _ => (pump.deliver)(pump.canvas_pixels(timestamp_ms)),
        }
    }

    fn video_frame(&self, timestamp: f64) -> Result<Handover, JsValue> {
        let picture: JsValue = VideoFrame::new(&self.video)?.into();
        let transfer = picture.clone();
        Ok(Handover { message: ToWorker::Frame { timestamp, picture }, transfer })
    }

    async fn image_bitmap(&self, timestamp: f64) -> Result<Handover, JsValue> {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let promise = window.create_image_bitmap_with_html_video_element(&self.video)?;
        let picture = JsFuture::from(promise).await?;
        let transfer = picture.clone();
        Ok(Handover { message: ToWorker::Frame { timestamp, picture }, transfer })
    }

    fn canvas_pixels(&self, timestamp: f64) -> Result<Handover, JsValue> {
        let (width, height) = (self.video.video_width(), self.video.video_height());
        let mut slot = self.canvas.borrow_mut();
        if slot.is_none() {
            *slot = Some(new_canvas()?);
        }
        let Some((canvas, context)) = slot.as_ref() else { return Err(JsValue::NULL) };
        if canvas.width() != width || canvas.height() != height {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        context.draw_image_with_html_video_element(&self.video, 0.0, 0.0)?;
        let picture: JsValue =
            context.get_image_data(0.0, 0.0, width.into(), height.into())?.into();
        let transfer = Reflect::get(&Reflect::get(&picture, &"data".into())?, &"buffer".into())?;
        Ok(Handover { message: ToWorker::Frame { timestamp, picture }, transfer })
    }
}

impl Drop for FramePump {
    fn drop(&mut self) {
        match self.handle.take() {
            Some(Handle::Video(id)) => {
                self.video.unchecked_ref::<CallbackVideo>().cancel_video_frame_callback(id);
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

fn new_canvas() -> Result<(HtmlCanvasElement, CanvasRenderingContext2d), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    let options = Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &true.into())?;
    let context = canvas.get_context_with_context_options("2d", &options)?;
    let context = context.ok_or_else(|| JsValue::from_str("no 2d context"))?;
    Ok((canvas, context.unchecked_into()))
}
