//! The source of frames: a camera or a video file, behind a guard that releases it on every exit.

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

/// Why there is no camera, before it becomes a [`Failure`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CameraError {
    /// `getUserMedia` rejected; DOMException name and message.
    #[error("{name}: {message}")]
    Rejected {
        /// `DOMException.name`.
        name: String,
        /// `DOMException.message`.
        message: String,
    },
    /// The page is not a secure context, where browsers have no `mediaDevices`.
    #[error("the page is not a secure context")]
    InsecureContext,
    /// The browser has no `getUserMedia`.
    #[error("the browser has no getUserMedia")]
    Unsupported,
}

/// The code for a rejection of `getUserMedia` by its DOMException name and message.
///
/// `allowed_by_policy` is what the document's permissions policy says of the camera, if it can be asked.
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

/// Whether a text contains an ASCII word, in any case. The library's search is built for long texts.
fn says(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

impl From<CameraError> for Failure {
    fn from(error: CameraError) -> Self {
        let code = match &error {
            CameraError::Rejected { name, message } => {
                rejection_code(name, message, camera_allowed_by_policy())
            }
            CameraError::InsecureContext => FailureCode::CameraInsecureContext,
            CameraError::Unsupported => FailureCode::CameraUnsupported,
        };
        Self::new(code, error.to_string())
    }
}

/// An open source. Dropping it stops every track, or unloads the file.
pub(super) struct SourceGuard {
    video: HtmlVideoElement,
    stream: Option<MediaStream>,
    object_url: Option<String>,
}

impl SourceGuard {
    /// The camera's video track.
    pub(super) fn track(&self) -> Option<MediaStreamTrack> {
        self.stream.as_ref()?.get_video_tracks().get(0).dyn_into().ok()
    }
}

impl Drop for SourceGuard {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            for track in stream.get_tracks().iter() {
                track.unchecked_into::<MediaStreamTrack>().stop();
            }
            // A later check may already show its own stream in the same element.
            if self.video.src_object().as_ref() == Some(stream) {
                self.video.set_src_object(None);
            }
            return;
        }
        // Pausing and unloading an element cannot fail in a way that matters here.
        let _ = self.video.pause();
        let _ = self.video.remove_attribute("src");
        self.video.load();
        if let Some(url) = &self.object_url {
            let _ = web_sys::Url::revoke_object_url(url);
        }
    }
}

/// Opens the source and waits until `video` shows it. `keep` gets the guard as soon as the source is
/// open, since a camera may be on and never deliver a picture, and says whether anybody still waits.
pub(super) async fn open(
    options: &Options,
    video: &HtmlVideoElement,
    keep: impl FnOnce(SourceGuard) -> bool,
) -> Result<(), Failure> {
    let guard = match &options.source {
        MediaSource::Camera => open_camera(options, video).await?,
        MediaSource::Blob(blob) => {
            let url = web_sys::Url::create_object_url_with_blob(blob.unchecked_ref())
                .map_err(|error| Failure::new(FailureCode::InvalidOptions, js_text(&error)))?;
            video.set_src(&url);
            SourceGuard { video: video.clone(), stream: None, object_url: Some(url) }
        }
        MediaSource::Url(url) => {
            video.set_src(url);
            SourceGuard { video: video.clone(), stream: None, object_url: None }
        }
    };
    if !keep(guard) {
        return Ok(());
    }
    video.set_muted(true);
    // iOS plays inline only with the attribute.
    let _ = video.set_attribute("playsinline", "");
    match options.source {
        MediaSource::Camera => {
            let played = match video.play() {
                Ok(promise) => JsFuture::from(promise).await,
                Err(error) => Err(error),
            };
            played.map_err(|error| Failure::new(FailureCode::CameraFailed, js_text(&error)))?;
        }
        // A file starts with the first frame asked for, so that loading does not eat its beginning.
        _ => first_picture(video).await?,
    }
    if video.video_width() == 0 {
        return Err(Failure::new(FailureCode::MediaUnsupported, "the source has no picture"));
    }
    Ok(())
}

/// Waits until a file's first picture is there.
async fn first_picture(video: &HtmlVideoElement) -> Result<(), Failure> {
    let (sender, receiver) = futures_util::future::abortable(std::future::pending::<()>());
    let other = receiver.clone();
    let _loaded = EventListener::once(video, "loadeddata", move |_| receiver.abort());
    let _failed = EventListener::once(video, "error", move |_| other.abort());
    video.load();
    // Aborting is how the listeners wake this future; there is no other outcome.
    let _ = sender.await;
    match video.error() {
        Some(error) => Err(Failure::new(FailureCode::MediaUnsupported, error.message())),
        None => Ok(()),
    }
}

async fn open_camera(options: &Options, video: &HtmlVideoElement) -> Result<SourceGuard, Failure> {
    let stream = match get_user_media(&constraints(options, false)).await {
        Err(error) => {
            let retry = matches!(&error, CameraError::Rejected { name, .. }
                if name == "OverconstrainedError" || name == "ConstraintNotSatisfiedError");
            if !retry {
                return Err(error.into());
            }
            get_user_media(&constraints(options, true)).await?
        }
        Ok(stream) => stream,
    };
    video.set_src_object(Some(&stream));
    // Never `stream.clone()`: on this type that is the DOM's method, which opens a second camera track.
    Ok(SourceGuard { video: video.clone(), stream: Some(stream), object_url: None })
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

async fn get_user_media(constraints: &MediaStreamConstraints) -> Result<MediaStream, CameraError> {
    let window = web_sys::window().ok_or(CameraError::Unsupported)?;
    // In an insecure context `navigator.mediaDevices` is undefined, against its IDL.
    let devices = Reflect::get(&window.navigator(), &"mediaDevices".into()).unwrap_or_default();
    if devices.is_undefined() || devices.is_null() {
        let secure = window.is_secure_context();
        return Err(if secure { CameraError::Unsupported } else { CameraError::InsecureContext });
    }
    let devices: web_sys::MediaDevices = devices.unchecked_into();
    let promise = devices.get_user_media_with_constraints(constraints).map_err(rejected)?;
    JsFuture::from(promise).await.map(JsValue::unchecked_into).map_err(rejected)
}

fn rejected(error: JsValue) -> CameraError {
    let (name, message) = match error.dyn_ref::<DomException>() {
        Some(exception) => (exception.name(), exception.message()),
        None => match error.dyn_ref::<js_sys::Error>() {
            Some(error) => (error.name().into(), error.message().into()),
            // OverconstrainedError is neither in older browsers.
            None => {
                let text =
                    |key: &str| Reflect::get(&error, &key.into()).ok().and_then(|v| v.as_string());
                (text("name").unwrap_or_default(), text("message").unwrap_or_default())
            }
        },
    };
    CameraError::Rejected { name, message }
}

/// What the permissions policy says, where the browser can be asked.
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
