//! Requests. The worker makes them: it has the crops, a request's cost (about a millisecond) stays off the
//! page's thread, and nothing a page does to its own built-ins affects them.
//!
//! The other end is `js/src/core/courier.ts`.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use liveness_capture_core::FailureCode;

use super::failure::Failure;
use super::outbox::Outbox;
use crate::wire::{Answered, HttpRequest, ToWorker};

/// A request on its way, and whoever waits for its result.
struct PendingRequest {
    id: u32,
    run: u32,
    result: Cell<Option<Result<Answered, Failure>>>,
    waiting: Cell<Option<Waker>>,
}

impl PendingRequest {
    fn finish(&self, result: Result<Answered, Failure>) {
        self.result.set(Some(result));
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

/// The page's end. Without a worker every request fails.
#[derive(Default)]
pub(super) struct Courier {
    outbox: RefCell<Option<Rc<Outbox>>>,
    pending: RefCell<Vec<Rc<PendingRequest>>>,
    last: Cell<u32>,
}

fn gone() -> Failure {
    Failure::new(FailureCode::EngineCrashed, "the worker is gone")
}

impl Courier {
    /// Sends requests through this outbox from now on.
    pub(super) fn connect(&self, outbox: Rc<Outbox>) {
        self.outbox.replace(Some(outbox));
    }

    /// The worker has ended: all requests on their way fail.
    pub(super) fn disconnect(&self) {
        self.outbox.take();
        self.finish(|_| true);
    }

    /// Makes a request of a run. It may carry a picture that the worker has been told to cut but has not cut
    /// yet, since the worker handles messages in order.
    ///
    /// # Errors
    /// `network_error`, `request_timeout`, or `internal` if its picture is not kept; `engine_crashed` without a worker, or when
    /// the run is dropped.
    pub(super) async fn send(&self, run: u32, request: HttpRequest) -> Result<Answered, Failure> {
        let outbox = self.outbox.borrow().clone().ok_or_else(gone)?;
        let id = self.last.get().wrapping_add(1);
        self.last.set(id);
        outbox.post(&ToWorker::Send { id, run: Some(run), request })?;
        let request =
            Rc::new(PendingRequest { id, run, result: Cell::default(), waiting: Cell::default() });
        self.pending.borrow_mut().push(request.clone());
        poll_fn(|context| match request.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                request.waiting.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }

    /// Hands a request's result to whoever waits for it.
    pub(super) fn deliver(&self, id: u32, result: Result<Answered, Failure>) {
        let mut pending = self.pending.borrow_mut();
        if let Some(at) = pending.iter().position(|request| request.id == id) {
            pending.swap_remove(at).finish(result);
        }
    }

    /// Aborts a run's requests; their futures fail. The worker forgets its pictures.
    pub(super) fn abort(&self, run: u32) {
        if let Some(outbox) = self.outbox.borrow().as_ref() {
            // A message this plain always serialises.
            let _ = outbox.post(&ToWorker::Forget { run });
        }
        self.finish(|request| request.run == run);
    }

    fn finish(&self, which: impl Fn(&PendingRequest) -> bool) {
        self.pending.borrow_mut().retain(|request| {
            let ends = which(request);
            if ends {
                request.finish(Err(gone()));
            }
            !ends
        });
    }
}
