//! Keeps the preview playing: browsers pause it, or refuse to play before the person has done something.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use liveness_capture_core::{Event, SourcePause, State};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{Driver, Pump};
use crate::host::failure::{Failure, js_text};
use crate::host::page::{RESUME_AFTER_MS, is_abort};
use crate::wire::FramePath;

/// What the person can do to let a browser play.
const GESTURES: [&str; 3] = ["click", "touchend", "keydown"];

impl Driver {
    /// Plays the stream on when it has been paused, or moved into another window.
    pub(super) fn watch_preview(self: &Rc<Self>) {
        let listeners =
            ["pause", "emptied"].map(|name| self.on(&self.video, name, Self::play_soon));
        self.listeners.borrow_mut().extend(listeners);
    }

    fn play_soon(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let timer = Timeout::new(RESUME_AFTER_MS, move || {
            if let Some(driver) = weak.upgrade() {
                driver.watch_visibility();
            }
        });
        self.resume.replace(Some(timer));
    }

    /// Plays on what has been paused. Nothing plays in a hidden page; this is called again when it is shown. What somebody
    /// else has started by now is asked to play as well: its promise tells when it does.
    pub(super) fn play_on(self: &Rc<Self>) {
        let pump = self.pump.borrow().clone();
        if let Some(Pump::File(pump)) = pump {
            return pump.play_on();
        }
        let is_shown = self.source.borrow().as_ref().is_some_and(|source| source.is_shown());
        if is_shown && self.video.is_visible() {
            self.play();
        }
    }

    /// Plays the stream. If the browser refuses, the person is asked for a tap, unless frames come without it.
    pub(super) fn play(self: &Rc<Self>) {
        let played = match self.video.begin() {
            Ok(played) => played,
            Err(error) => {
                let failure = Failure::new(self.options.source.unusable(), js_text(&error));
                return self.fail(failure, Event::CameraFailed);
            }
        };
        let driver = self.clone();
        spawn_local(async move {
            let outcome = JsFuture::from(played).await;
            if driver.over() || driver.source.borrow().is_none() {
                return;
            }
            match outcome {
                Err(_) if driver.frame_path() == FramePath::TrackProcessor => driver.on_playing(),
                // Interrupted by a pause.
                Err(error) if is_abort(&error) => driver.play_soon(),
                Err(_) => driver.ask_for_tap(),
                Ok(_) => driver.on_playing(),
            }
        });
    }

    /// It plays, whoever has seen to that: nobody has to tap any more.
    fn on_playing(self: &Rc<Self>) {
        if !self.gestures.take().is_empty() {
            self.dispatch(Event::SourceResumed(SourcePause::PlayRefused));
        }
        if self.state() == State::RequestingCamera {
            self.announce_source();
        }
    }

    /// Asks for a tap, and plays with it. The page, or the browser, may play it before that.
    pub(super) fn ask_for_tap(self: &Rc<Self>) {
        // The preview's own, where it has been moved into another one.
        let window = self.video.document().ok().and_then(|document| document.default_view());
        let Some(window) = window else { return };
        let playing = self.on(&self.video, "playing", Self::on_playing);
        let listeners = GESTURES.map(|name| self.on(&window, name, Self::on_gesture));
        self.gestures.replace(listeners.into_iter().chain([playing]).collect());
        self.dispatch(Event::SourcePaused(SourcePause::PlayRefused));
    }

    fn on_gesture(self: &Rc<Self>) {
        self.gestures.borrow_mut().clear();
        self.dispatch(Event::SourceResumed(SourcePause::PlayRefused));
        // At once: the browser allows it only now.
        self.play_on();
    }
}
