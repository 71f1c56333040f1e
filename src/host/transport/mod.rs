//! How frames get to a verdict: three protocols behind one trait.

mod crops;
mod http;
mod sessions;
mod stream;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use liveness_capture_core::CaptureReport;
use liveness_protocol::VerdictData;
use wasm_bindgen_futures::spawn_local;

use super::Failure;
use super::courier::Courier;
use super::options::{Options, TransportKind};

/// At most this many uploads are on their way at once.
const MAX_IN_FLIGHT: usize = 3;

/// What the far side wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The check's id, for the integrator's back end.
    pub session_id: String,
    /// How many frames to send.
    pub frames_required: u32,
}

/// One captured picture.
#[derive(Clone)]
pub struct Captured {
    /// From 0.
    pub index: u32,
    /// Milliseconds on the frames' own clock.
    pub timestamp_ms: f64,
    /// The crop, or the whole frame where [`Transport::whole_frames`] says so; `None` where the worker
    /// keeps it.
    pub png: Option<Rc<[u8]>>,
}

/// Pictures in the order of their indices. A handful: searching is cheaper than hashing.
#[derive(Default)]
pub(super) struct Pictures(Vec<Captured>);

impl Pictures {
    fn position(&self, index: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&index, |picture| picture.index)
    }

    /// Adds a picture, or replaces the one of the same index.
    pub(super) fn insert(&mut self, picture: Captured) {
        match self.position(picture.index) {
            Ok(at) => self.0[at] = picture,
            Err(at) => self.0.insert(at, picture),
        }
    }

    pub(super) fn remove(&mut self, index: u32) -> Option<Captured> {
        self.position(index).ok().map(|at| self.0.remove(at))
    }
}

/// A protocol. One value serves one run of consecutive frames.
///
/// Requests carry their own time limit and retries; an error is final. Dropping a future, or
/// [`Transport::abort`], aborts its request.
pub trait Transport {
    /// Whether whole frames are carried instead of crops.
    fn whole_frames(&self) -> bool {
        false
    }
    /// Whether the worker keeps the crops and sends them, so that they never come to the page.
    fn sends_kept(&self) -> bool {
        false
    }
    /// Begins a check.
    fn open(self: Rc<Self>) -> LocalBoxFuture<'static, Result<Opened, Failure>>;
    /// Carries one picture; resolves when the far side has it.
    fn send(self: Rc<Self>, picture: Captured) -> LocalBoxFuture<'static, Result<(), Failure>>;
    /// Asks for the verdict.
    fn complete(
        self: Rc<Self>,
        report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<VerdictData, Failure>>;
    /// Aborts everything on its way. Pending futures fail soon after; nobody listens any more.
    fn abort(&self);
}

/// The transport the options ask for, for one run.
pub(super) fn create(options: &Options, courier: &Rc<Courier>, run: u32) -> Rc<dyn Transport> {
    let client = http::Client::new(options, courier.clone());
    match options.transport {
        TransportKind::Sessions => {
            Rc::new(sessions::Sessions::new(client, options, courier.clone(), run))
        }
        TransportKind::Crops => Rc::new(crops::Crops::new(client, options)),
        TransportKind::Stream => Rc::new(stream::Stream::new(client, options)),
    }
}

/// A UUID from the browser's random source, which also works outside secure contexts.
fn new_uuid() -> String {
    let mut bytes = [0; 16];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // Fails only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// The header for a model chosen by version alias.
fn version_header(version: &Option<String>) -> Vec<(String, String)> {
    let header = |v: &String| (liveness_protocol::MODEL_VERSION_HEADER.to_owned(), v.clone());
    version.iter().map(header).collect()
}

/// Sends pictures in order, at most [`MAX_IN_FLIGHT`] at once.
pub(super) struct Uploader {
    transport: Rc<dyn Transport>,
    waiting: RefCell<VecDeque<Captured>>,
    in_flight: Cell<usize>,
    stopped: Cell<bool>,
    done: Box<dyn Fn(u32, Result<(), Failure>)>,
}

impl Uploader {
    /// `done` hears of every picture once, and of none after [`Uploader::stop`].
    pub(super) fn new(
        transport: Rc<dyn Transport>,
        done: Box<dyn Fn(u32, Result<(), Failure>)>,
    ) -> Rc<Self> {
        Rc::new(Self {
            transport,
            waiting: RefCell::default(),
            in_flight: Cell::new(0),
            stopped: Cell::new(false),
            done,
        })
    }

    /// Queues a picture.
    pub(super) fn push(self: &Rc<Self>, picture: Captured) {
        self.waiting.borrow_mut().push_back(picture);
        self.fill();
    }

    fn fill(self: &Rc<Self>) {
        while self.in_flight.get() < MAX_IN_FLIGHT && !self.stopped.get() {
            let Some(picture) = self.waiting.borrow_mut().pop_front() else { return };
            self.in_flight.set(self.in_flight.get() + 1);
            let this = self.clone();
            spawn_local(async move {
                let index = picture.index;
                let result = this.transport.clone().send(picture).await;
                this.in_flight.set(this.in_flight.get() - 1);
                if !this.stopped.get() {
                    (this.done)(index, result);
                    this.fill();
                }
            });
        }
    }

    /// Drops what waits and aborts what is on its way.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
        self.waiting.borrow_mut().clear();
        self.transport.abort();
    }
}
