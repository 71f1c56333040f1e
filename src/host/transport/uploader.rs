//! Uploads pictures in order, no more at once than the line can take.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::contract::{Captured, Transport};
use crate::host::failure::Failure;

/// Sends the pictures of a run.
pub(in crate::host) struct Uploader {
    transport: Rc<dyn Transport>,
    waiting: RefCell<VecDeque<Captured>>,
    in_flight: Cell<usize>,
    stopped: Cell<bool>,
    done: Box<dyn Fn(u32, Result<(), Failure>)>,
}

impl Uploader {
    /// Calls `done` once for every picture, but never after [`Uploader::stop`].
    pub(in crate::host) fn new(
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
    pub(in crate::host) fn push(self: &Rc<Self>, picture: Captured) {
        self.waiting.borrow_mut().push_back(picture);
        self.fill();
    }

    fn fill(self: &Rc<Self>) {
        while self.in_flight.get() < self.transport.window() && !self.stopped.get() {
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

    /// Drops the waiting pictures and aborts those on their way.
    pub(in crate::host) fn stop(&self) {
        self.stopped.set(true);
        self.waiting.borrow_mut().clear();
        self.transport.abort();
    }
}
