//! The source of frames: a camera or a video file, behind a guard that releases it on every exit.

use std::cell::{Cell, RefCell};
use std::future::{Pending, pending};
use std::rc::Rc;

use futures_util::future::{AbortHandle, Abortable, abortable};
use gloo_events::EventListener;
use liveness_capture_core::FailureCode;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamTrack};

use super::failure::{Failure, js_text};
use super::options::{MediaSource, Options};
use super::page::{Page, Preview};

/// The attribute by which an element asks another server for its consent.
const CORS: &str = "crossorigin";

/// An open source. Dropping it gives the stream back to the script, which stops the tracks it has opened, or unloads
/// the file.
pub(super) struct SourceGuard {
    page: Page,
    preview: Preview,
    content: Content,
    /// Whether the element has been made to ask for consent, which the page has not.
    asks: Cell<bool>,
    /// Whether the element has shown the stream, which is the page's own, before.
    shown_before: Cell<bool>,
    /// Wakes who waits for a file's first picture.
    loading: RefCell<Option<AbortHandle>>,
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
            Content::Stream(_) if self.is_shown() => {
                self.shown_before.set(true);
                Ok(())
            }
            Content::Stream(stream) => self.preview.show(Some(stream)),
            Content::File { url, is_object } => {
                self.preview.show(None)?;
                // Nobody may look at the frames of another server's file, unless that server allows it when asked.
                // The address may lead to another server even if it is the page's own.
                if !is_object && self.preview.attribute(CORS)?.is_none() {
                    self.preview.set_attribute(CORS, "anonymous")?;
                    self.asks.set(true);
                }
                self.preview.open(url)
            }
        }
    }

    /// Whether the preview shows this stream, rather than another check's or the page's own.
    pub(super) fn is_shown(&self) -> bool {
        match &self.content {
            Content::Stream(stream) => self.preview.shown().ok().flatten().as_ref() == Some(stream),
            Content::File { .. } => false,
        }
    }

    /// Takes the source out of the preview, unless another check's source is there by now.
    fn detach(&self) -> Result<(), JsValue> {
        match &self.content {
            Content::Stream(_) => {
                if self.is_shown() && !self.shown_before.get() {
                    self.preview.show(None)?;
                }
            }
            Content::File { url, .. } => {
                if self.preview.attribute("src")?.as_ref() == Some(url) {
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
                // The script tries again at the check's end.
                let _ = self.page.close_camera(stream);
            }
            Content::File { url, is_object } => {
                if *is_object {
                    let _ = web_sys::Url::revoke_object_url(url);
                }
            }
        }
        if let Some(loading) = self.loading.take() {
            loading.abort();
        }
        // If the element throws, that is the page's doing; the source is released all the same.
        let _ = self.detach();
    }
}

/// Opens the source and puts it into `video`; a file also loads. `keep` gets the guard as soon as the source is
/// open, since a camera may be on and never deliver a picture; it returns whether the check still runs.
pub(super) async fn open(
    options: &Options,
    page: &Page,
    preview: &Preview,
    keep: impl FnOnce(Rc<SourceGuard>) -> bool,
) -> Result<(), Failure> {
    let unusable = options.source.unusable();
    let failed = |error: JsValue| Failure::new(unusable, js_text(&error));
    let content = match &options.source {
        MediaSource::Camera => {
            let refused = |error: JsValue| Failure::thrown(&error, unusable);
            let opened = JsFuture::from(page.open_camera().map_err(refused)?).await;
            Content::Stream(opened.map_err(refused)?.unchecked_into())
        }
        MediaSource::Blob(blob) => {
            let url = web_sys::Url::create_object_url_with_blob(blob.unchecked_ref());
            Content::File { url: url.map_err(failed)?, is_object: true }
        }
        MediaSource::Url(url) => Content::File { url: url.clone(), is_object: false },
    };
    let is_file = matches!(content, Content::File { .. });
    let guard = Rc::new(SourceGuard {
        page: page.clone(),
        preview: preview.clone(),
        content,
        asks: Cell::default(),
        shown_before: Cell::default(),
        loading: RefCell::default(),
    });
    if !keep(guard.clone()) {
        return Ok(());
    }
    guard.attach().map_err(failed)?;
    let (woken, waker) = abortable(pending());
    guard.loading.replace(Some(waker.clone()));
    drop(guard);
    preview.mute(true).map_err(failed)?;
    // iOS plays inline only with the attribute.
    let _ = preview.set_attribute("playsinline", "");
    if is_file {
        // It starts playing with the first frame requested, so loading does not skip its beginning.
        first_picture(preview, woken, waker).await?;
    }
    Ok(())
}

/// Waits for a file's first picture.
async fn first_picture(
    preview: &Preview,
    woken: Abortable<Pending<()>>,
    waker: AbortHandle,
) -> Result<(), Failure> {
    let _listeners = ["loadeddata", "error"].map(|name| {
        let waker = waker.clone();
        EventListener::once(preview, name, move |_| waker.abort())
    });
    let unusable = |error: &JsValue| Failure::new(FailureCode::MediaUnsupported, js_text(error));
    preview.reload().map_err(|error| unusable(&error))?;
    // The listeners wake this future by aborting it, as does the end of the check; there is no other outcome.
    let _ = woken.await;
    match preview.failure() {
        Ok(Some(error)) => Err(Failure::new(FailureCode::MediaUnsupported, error.message())),
        Ok(None) => Ok(()),
        Err(error) => Err(unusable(&error)),
    }
}
