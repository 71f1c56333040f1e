//! Frames of a video file, which waits for whoever looks at them: carries out what [`Playback`] decides.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use liveness_capture_core::playback::{Command, OVERDUE_MS, Playback};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::frame_pump::{FrameClock, Handover, Pictures};
use super::page::{Preview, RESUME_AFTER_MS, is_abort, is_named};

/// How long after a search its frame may take to be announced; browsers announce it just before or just after.
const ANNOUNCED_WITHIN_MS: u32 = 150;
/// The longest search.
const SEEK_TIMEOUT_MS: u32 = 5_000;
/// How much later than the position a frame may be that is announced before the search is over: one from
/// before the search is further off.
const ROUNDING_MS: f64 = 10.0;

/// What becomes of a request.
pub(super) enum Outcome {
    /// A frame.
    Frame(Handover),
    /// There are no more.
    Ended,
    /// The file cannot be played.
    Unplayable(JsValue),
    /// The browser does not play until the person has done something.
    Refused,
    /// It plays, but the browser does not hand its frames over.
    Unusable(JsValue),
}

type Deliver = Box<dyn Fn(Outcome)>;

/// Takes frames from a file when asked.
pub(super) struct FilePump {
    player: Preview,
    pictures: Pictures,
    deliver: Deliver,
    playback: RefCell<Playback>,
    clock: RefCell<Option<Rc<FrameClock>>>,
    /// The last frame announced since the search began.
    announced_ms: Cell<Option<f64>>,
    search: Cell<Search>,
    timer: RefCell<Option<Timeout>>,
    listeners: RefCell<Vec<EventListener>>,
    /// The page's own rate, to be set again, if it can be told.
    rate: Option<f64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Search {
    None,
    /// To this position, in milliseconds.
    Seeking(f64),
    /// The browser is there; its frame has not been announced yet.
    Arrived(f64),
}

impl FilePump {
    /// A pump over a loaded file of which a frame is to be taken every `interval_ms`.
    pub(super) fn new(
        player: Preview,
        pictures: Pictures,
        interval_ms: f64,
        deliver: Deliver,
    ) -> Rc<Self> {
        let pump = Rc::new(Self {
            rate: player.rate().ok(),
            player,
            pictures,
            deliver,
            playback: RefCell::new(Playback::new(interval_ms)),
            clock: RefCell::default(),
            announced_ms: Cell::default(),
            search: Cell::new(Search::None),
            timer: RefCell::default(),
            listeners: RefCell::default(),
        });
        let weak = Rc::downgrade(&pump);
        let clock = FrameClock::new(&pump.player, move |time_ms, _| {
            Self::with(&weak, |pump| match time_ms {
                Ok(time_ms) => pump.on_frame(time_ms),
                Err(error) => (pump.deliver)(Outcome::Unplayable(error)),
            });
        });
        pump.clock.replace(Some(clock));
        let listeners = [
            pump.on("seeked", Self::on_seeked),
            pump.on("pause", Self::on_pause),
            pump.on("ended", |pump| {
                let command = pump.playback.borrow_mut().ended();
                pump.obey(command);
            }),
        ];
        pump.listeners.replace(listeners.into());
        pump
    }

    /// Asks for the next frame, or the first that is late enough.
    pub(super) fn request(self: &Rc<Self>, not_before_ms: Option<f64>) {
        self.watch();
        let paused = match self.player.is_paused() {
            Ok(paused) => paused,
            Err(error) => return (self.deliver)(Outcome::Unplayable(error)),
        };
        let command = self.playback.borrow_mut().request(not_before_ms, paused);
        self.obey(command);
    }

    fn on(self: &Rc<Self>, event: &'static str, work: fn(&Rc<Self>)) -> EventListener {
        let weak = Rc::downgrade(self);
        EventListener::new(&self.player, event, move |_| Self::with(&weak, work))
    }

    fn with(weak: &Weak<Self>, work: impl FnOnce(&Rc<Self>)) {
        if let Some(pump) = weak.upgrade() {
            work(&pump);
        }
    }

    /// Has the next frame announced.
    fn watch(self: &Rc<Self>) {
        let clock = self.clock.borrow().clone();
        let watched = clock.map_or(Ok(()), |clock| clock.watch());
        if let Err(error) = watched {
            (self.deliver)(Outcome::Unusable(error));
        }
    }

    fn on_frame(self: &Rc<Self>, time_ms: f64) {
        self.watch();
        match self.search.get() {
            Search::Seeking(_) => self.announced_ms.set(Some(time_ms)),
            Search::Arrived(_) => self.found(time_ms),
            Search::None => {
                let command = self.playback.borrow_mut().presented(time_ms);
                self.obey(command);
            }
        }
    }

    fn on_seeked(self: &Rc<Self>) {
        let Search::Seeking(to_ms) = self.search.get() else { return };
        match self.announced_ms.get().filter(|time_ms| *time_ms <= to_ms + ROUNDING_MS) {
            Some(time_ms) => self.found(time_ms),
            None => {
                self.search.set(Search::Arrived(to_ms));
                // No frame is announced in a hidden page, for one.
                self.after(ANNOUNCED_WITHIN_MS, |pump| match pump.player.time_ms() {
                    Ok(time_ms) => pump.found(time_ms),
                    Err(error) => (pump.deliver)(Outcome::Unplayable(error)),
                });
            }
        }
    }

    /// The search is over, and this is the frame's time.
    fn found(self: &Rc<Self>, time_ms: f64) {
        self.timer.take();
        self.search.set(Search::None);
        let command = self.playback.borrow_mut().sought(time_ms);
        self.obey(command);
    }

    /// The browser, or the page, may pause the file as well.
    fn on_pause(self: &Rc<Self>) {
        if self.search.get() == Search::None && self.playback.borrow().is_waiting() {
            self.after(RESUME_AFTER_MS, Self::play_on);
        }
    }

    /// Plays on if somebody waits for a frame. Nothing plays in a hidden page; this is called again when it is shown.
    pub(super) fn play_on(self: &Rc<Self>) {
        let is_waiting = self.playback.borrow().is_waiting();
        if is_waiting && self.search.get() == Search::None && self.player.is_visible() {
            self.obey_play();
        }
    }

    /// Plays, unless it does already or has ended: from its end, it would start over.
    fn obey_play(self: &Rc<Self>) {
        let player = &self.player;
        match player.is_at_its_end().and_then(|ended| Ok((ended, player.is_paused()?))) {
            Ok((true, _)) => {
                let command = self.playback.borrow_mut().ended();
                self.obey(command);
            }
            Ok((false, paused)) => {
                self.after(OVERDUE_MS, Self::on_overdue);
                if paused {
                    self.play();
                }
            }
            Err(error) => (self.deliver)(Outcome::Unplayable(error)),
        }
    }

    /// Nothing has been shown for long. In a hidden page nothing is.
    fn on_overdue(self: &Rc<Self>) {
        if self.search.get() == Search::None && self.player.is_visible() {
            let command = self.playback.borrow_mut().overdue();
            self.obey(command);
        }
    }

    fn after(self: &Rc<Self>, ms: u32, work: fn(&Rc<Self>)) {
        let weak = Rc::downgrade(self);
        let timer = Timeout::new(ms, move || Self::with(&weak, work));
        self.timer.replace(Some(timer));
    }

    fn obey(self: &Rc<Self>, command: Command) {
        match command {
            Command::Wait => {}
            Command::Play { rate } => {
                // A rate that the browser does not have only costs time.
                let _ = self.player.set_rate(rate);
                self.obey_play();
            }
            Command::Pause => self.pause(),
            Command::Seek { to_ms } => self.seek(to_ms),
            Command::Deliver { timestamp_ms } => self.deliver_picture(timestamp_ms),
            Command::End => (self.deliver)(Outcome::Ended),
        }
    }

    fn play(self: &Rc<Self>) {
        let played = match self.player.begin() {
            Ok(played) => played,
            Err(error) => return (self.deliver)(Outcome::Unplayable(error)),
        };
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            if let Err(error) = JsFuture::from(played).await {
                Self::with(&weak, |pump| {
                    // Interrupted by a pause, it rejects as well.
                    if pump.playback.borrow().is_waiting() && !is_abort(&error) {
                        let refused = is_named(&error, "NotAllowedError");
                        (pump.deliver)(if refused {
                            Outcome::Refused
                        } else {
                            Outcome::Unplayable(error)
                        });
                    }
                });
            }
        });
    }

    fn pause(self: &Rc<Self>) {
        if let Err(error) = self.player.pause() {
            (self.deliver)(Outcome::Unplayable(error));
        }
    }

    fn seek(self: &Rc<Self>, to_ms: f64) {
        self.pause();
        self.announced_ms.set(None);
        self.search.set(Search::Seeking(to_ms));
        self.after(SEEK_TIMEOUT_MS, Self::on_seek_failed);
        if self.player.go_to(to_ms / 1000.0).is_err() {
            self.on_seek_failed();
        }
    }

    fn on_seek_failed(self: &Rc<Self>) {
        self.timer.take();
        self.search.set(Search::None);
        let command = self.playback.borrow_mut().seek_failed();
        self.obey(command);
    }

    fn deliver_picture(self: &Rc<Self>, timestamp_ms: f64) {
        let pump = self.clone();
        self.pictures.take(timestamp_ms, move |picture| {
            (pump.deliver)(picture.map_or_else(Outcome::Unusable, Outcome::Frame));
        });
    }
}

impl Drop for FilePump {
    fn drop(&mut self) {
        if let Some(rate) = self.rate {
            // If the element throws, that is the page's doing.
            let _ = self.player.set_rate(rate);
        }
    }
}
