//! The source of frames: a camera or a video file, behind a guard that releases it on every exit.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Object, Reflect};
use liveness_capture_core::FailureCode;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, HtmlVideoElement, MediaStream, MediaStreamConstraints, MediaStreamTrack,
};

use super::failure::{Failure, js_text};
use super::options::{MediaSource, Options};
use super::page::{Page, Preview};

/// `getUserMedia` rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct Rejection {
    /// `DOMException.name`.
    pub name: String,
    /// `DOMException.message`.
    pub message: String,
}

/// The code for a rejection of `getUserMedia` by its DOMException name and message.
///
/// `allowed_by_policy` is what the document's permissions policy says of the camera, if it can be queried.
pub fn rejection_code(name: &str, message: &str, allowed_by_policy: Option<bool>) -> FailureCode {
    match name {
        "NotAllowedError" | "PermissionDeniedError" | "SecurityError"
            if allowed_by_policy == Some(false) =>
        {
            FailureCode::CameraBlockedByPolicy
        }
        // Chromium distinguishes closing the prompt from refusing only in the message.
        "NotAllowedError" if says(message, "dismissed") => FailureCode::CameraDismissed,
        "NotAllowedError" | "PermissionDeniedError" => FailureCode::CameraDenied,
        "PermissionDismissedError" => FailureCode::CameraDismissed,
        "NotFoundError" | "DevicesNotFoundError" => FailureCode::CameraNotFound,
        "NotReadableError" | "TrackStartError" => FailureCode::CameraInUse,
        "OverconstrainedError" | "ConstraintNotSatisfiedError" => {
            FailureCode::CameraOverconstrained
        }
        "SecurityError" => FailureCode::CameraBlockedByPolicy,
        "TypeError" | "NotSupportedError" => FailureCode::CameraUnsupported,
        // AbortError, InvalidStateError and whatever a browser invents next.
        _ => FailureCode::CameraFailed,
    }
}

/// Whether a text contains an ASCII word, in any case. Smaller than the standard library's search.
fn says(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

impl From<Rejection> for Failure {
    fn from(error: Rejection) -> Self {
        let code = rejection_code(&error.name, &error.message, camera_allowed_by_policy());
        Self::new(code, error.to_string())
    }
}

/// The attribute by which an element asks another server for its consent.
const CORS: &str = "crossorigin";

/// An open source. Dropping it stops every track, or unloads the file.
pub(super) struct SourceGuard {
    preview: Preview,
    content: Content,
    /// Whether the element has been made to ask for consent, which the page has not.
    asks: Cell<bool>,
}

enum Content {
    Stream(MediaStream),
    /// The address given to the element, and whether it is an object's, which has to be revoked.
    File {
        url: String,
        is_object: bool,
    },
}

impl SourceGuard {
    /// The camera's video track.
    pub(super) fn track(&self) -> Option<MediaStreamTrack> {
        match &self.content {
            Content::Stream(stream) => stream.get_video_tracks().get(0).dyn_into().ok(),
            Content::File { .. } => None,
        }
    }

    /// Puts the source into the preview. Not before it is kept: until then another check may own the element.
    fn attach(&self) -> Result<(), JsValue> {
        match &self.content {
            Content::Stream(stream) => self.preview.show(Some(stream)),
            Content::File { url, is_object } => {
                self.preview.show(None)?;
                // Nobody may look at the frames of another server's file, unless that server allows it when asked.
                // The address may lead to another server even if it is the page's own.
                if !is_object && !self.preview.has_attribute(CORS) {
                    self.preview.set_attribute(CORS, "anonymous")?;
                    self.asks.set(true);
                }
                self.preview.open(url)
            }
        }
    }

    /// Takes the source out of the preview, unless another check's source is there by now.
    fn detach(&self) -> Result<(), JsValue> {
        match &self.content {
            Content::Stream(stream) => {
                if self.preview.shown()?.as_ref() == Some(stream) {
                    self.preview.show(None)?;
                }
            }
            Content::File { url, .. } => {
                if self.preview.get_attribute("src").as_ref() == Some(url) {
                    self.preview.pause()?;
                    self.preview.remove_attribute("src")?;
                    if self.asks.take() {
                        self.preview.remove_attribute(CORS)?;
                    }
                    self.preview.reload()?;
                }
            }
        }
        Ok(())
    }
}

impl Drop for SourceGuard {
    fn drop(&mut self) {
        match &self.content {
            Content::Stream(stream) => {
                for track in stream.get_tracks().iter() {
                    track.unchecked_into::<MediaStreamTrack>().stop();
                }
            }
            Content::File { url, is_object } => {
                if *is_object {
                    let _ = web_sys::Url::revoke_object_url(url);
                }
            }
        }
        // If the element throws, that is the page's doing; the source is released all the same.
        let _ = self.detach();
    }
}

/// Opens the source and waits until `video` shows it. `keep` gets the guard as soon as the source is
/// open, since a camera may be on and never deliver a picture; it returns whether the check still runs.
pub(super) async fn open(
    options: &Options,
    page: &Page,
    video: &HtmlVideoElement,
    keep: impl FnOnce(Rc<SourceGuard>) -> bool,
) -> Result<(), Failure> {
    let preview: Preview = video.clone().unchecked_into();
    let is_camera = matches!(options.source, MediaSource::Camera);
    let unusable =
        if is_camera { FailureCode::CameraFailed } else { FailureCode::MediaUnsupported };
    let failed = |error: JsValue| Failure::new(unusable, js_text(&error));
    let content = match &options.source {
        MediaSource::Camera => Content::Stream(open_camera(options, page).await?),
        MediaSource::Blob(blob) => {
            let url = web_sys::Url::create_object_url_with_blob(blob.unchecked_ref());
            Content::File { url: url.map_err(failed)?, is_object: true }
        }
        MediaSource::Url(url) => Content::File { url: url.clone(), is_object: false },
    };
    let guard = Rc::new(SourceGuard { preview: preview.clone(), content, asks: Cell::default() });
    if !keep(guard.clone()) {
        return Ok(());
    }
    guard.attach().map_err(failed)?;
    drop(guard);
    preview.mute(true).map_err(failed)?;
    // iOS plays inline only with the attribute.
    let _ = video.set_attribute("playsinline", "");
    if is_camera {
        let played = preview.begin().map_err(failed)?;
        JsFuture::from(played).await.map_err(failed)?;
    } else {
        // A file starts playing with the first frame requested, so loading does not skip its beginning.
        first_picture(&preview).await?;
    }
    match video.video_width() {
        0 => Err(Failure::new(unusable, "the source has no picture")),
        _ => Ok(()),
    }
}

/// Waits for a file's first picture.
async fn first_picture(preview: &Preview) -> Result<(), Failure> {
    let (sender, receiver) = futures_util::future::abortable(std::future::pending::<()>());
    let other = receiver.clone();
    let _loaded = EventListener::once(preview, "loadeddata", move |_| receiver.abort());
    let _failed = EventListener::once(preview, "error", move |_| other.abort());
    preview
        .reload()
        .map_err(|error| Failure::new(FailureCode::MediaUnsupported, js_text(&error)))?;
    // The listeners wake this future by aborting it; there is no other outcome.
    let _ = sender.await;
    match preview.error() {
        Some(error) => Err(Failure::new(FailureCode::MediaUnsupported, error.message())),
        None => Ok(()),
    }
}

async fn open_camera(options: &Options, page: &Page) -> Result<MediaStream, Failure> {
    let error = match get_user_media(page, &constraints(options, false)).await {
        Ok(stream) => return Ok(stream),
        Err(error) => error,
    };
    match rejected(&error).name.as_str() {
        "OverconstrainedError" | "ConstraintNotSatisfiedError" => {
            get_user_media(page, &constraints(options, true)).await.map_err(|error| failure(&error))
        }
        _ => Err(failure(&error)),
    }
}

/// One of the script's own faults, which carry a code, or a rejection.
fn failure(error: &JsValue) -> Failure {
    match Reflect::get(error, &"code".into()) {
        Ok(code) if code.is_string() => Failure::thrown(error, FailureCode::CameraFailed),
        _ => rejected(error).into(),
    }
}

fn constraints(options: &Options, soft: bool) -> MediaStreamConstraints {
    let set = |object: &Object, key: &str, value: &JsValue| {
        // Setting a property on a fresh plain object cannot fail.
        let _ = Reflect::set(object, &key.into(), value);
    };
    let range = |pairs: &[(&str, f64)]| -> JsValue {
        let object = Object::new();
        for &(key, value) in pairs {
            set(&object, key, &value.into());
        }
        object.into()
    };
    let video = Object::new();
    if soft {
        set(&video, "width", &range(&[("ideal", 640.0)]));
        set(&video, "height", &range(&[("ideal", 480.0)]));
    } else {
        set(&video, "width", &range(&[("ideal", 1280.0), ("min", 480.0)]));
        set(&video, "height", &range(&[("ideal", 720.0), ("min", 360.0)]));
        set(&video, "frameRate", &range(&[("ideal", 30.0), ("min", 15.0)]));
    }
    match options.device_id.as_deref() {
        Some(id) => {
            let device = Object::new();
            set(&device, if soft { "ideal" } else { "exact" }, &id.into());
            set(&video, "deviceId", &device);
        }
        None => set(&video, "facingMode", &"user".into()),
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_video(&video);
    constraints.set_audio(&JsValue::FALSE);
    constraints
}

async fn get_user_media(
    page: &Page,
    constraints: &MediaStreamConstraints,
) -> Result<MediaStream, JsValue> {
    JsFuture::from(page.open_camera(constraints)?).await.map(JsValue::unchecked_into)
}

fn rejected(error: &JsValue) -> Rejection {
    let (name, message) = match error.dyn_ref::<DomException>() {
        Some(exception) => (exception.name(), exception.message()),
        None => match error.dyn_ref::<js_sys::Error>() {
            Some(error) => (error.name().into(), error.message().into()),
            // In older browsers OverconstrainedError is neither.
            None => {
                let text =
                    |key: &str| Reflect::get(error, &key.into()).ok().and_then(|v| v.as_string());
                (text("name").unwrap_or_default(), text("message").unwrap_or_default())
            }
        },
    };
    Rejection { name, message }
}

/// What the permissions policy says of the camera, if the browser can tell.
fn camera_allowed_by_policy() -> Option<bool> {
    let document = web_sys::window()?.document()?;
    let policy = ["permissionsPolicy", "featurePolicy"]
        .iter()
        .filter_map(|key| Reflect::get(&document, &(*key).into()).ok())
        .find(|policy| policy.is_object())?;
    let allows = Reflect::get(&policy, &"allowsFeature".into()).ok()?;
    let allows: js_sys::Function = allows.dyn_into().ok()?;
    allows.call1(&policy, &"camera".into()).ok()?.as_bool()
}
