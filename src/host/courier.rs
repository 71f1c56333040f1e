//! Requests that the worker makes for the page: a crop stays where it was cut, and what a request with a
//! body costs (about a millisecond) is not the page's thread's to pay.
//!
//! What is asked of the worker and what it answers is in `js/src/courier.ts`.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use super::Failure;
use super::message::ToWorker;
use super::outbox::Outbox;
use js_sys::{Object, Reflect};
use liveness_capture_core::FailureCode;

/// A crop that the worker keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub run: u32,
    pub index: u32,
}

/// What the far side said.
pub(super) struct Reply {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: String,
}

/// A request on its way, and whoever waits for what comes of it.
struct Errand {
    id: u32,
    run: u32,
    result: Cell<Option<Result<Reply, Failure>>>,
    waiting: Cell<Option<Waker>>,
}

impl Errand {
    fn finish(&self, result: Result<Reply, Failure>) {
        self.result.set(Some(result));
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

/// The page's end. Without a worker every request fails.
#[derive(Default)]
pub(super) struct Courier {
    worker: RefCell<Option<Rc<Outbox>>>,
    errands: RefCell<Vec<Rc<Errand>>>,
    last: Cell<u32>,
}

fn gone() -> Failure {
    Failure::new(FailureCode::EngineCrashed, "the worker is gone")
}

impl Courier {
    /// The worker to be sent.
    pub(super) fn engage(&self, worker: Rc<Outbox>) {
        self.worker.replace(Some(worker));
    }

    /// The worker has ended: whoever waits for it hears of it.
    pub(super) fn dismiss(&self) {
        self.worker.take();
        self.finish(|_| true);
    }

    /// Sends a crop with `request`'s `method`, `url`, `headers`, `credentials` and `timeoutMs`. It may be
    /// one that is still to be cut, if the worker has been told to: it does one thing after the other.
    ///
    /// # Errors
    /// `network_error` or `request_timeout`; `engine_crashed` without a worker.
    pub(super) async fn send(&self, crop: Kept, request: &Object) -> Result<Reply, Failure> {
        let worker = self.worker.borrow().clone().ok_or_else(gone)?;
        let id = self.last.get().wrapping_add(1);
        self.last.set(id);
        let message = ToWorker::new("send");
        message.set_id(id);
        message.set_run(crop.run);
        message.set_index(crop.index);
        message.set_request(request);
        worker.put(&message);
        let errand = Rc::new(Errand {
            id,
            run: crop.run,
            result: Cell::default(),
            waiting: Cell::default(),
        });
        self.errands.borrow_mut().push(errand.clone());
        poll_fn(|context| match errand.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                errand.waiting.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }

    /// What came of a request.
    pub(super) fn deliver(&self, id: u32, result: Result<Reply, Failure>) {
        let mut errands = self.errands.borrow_mut();
        if let Some(at) = errands.iter().position(|errand| errand.id == id) {
            errands.swap_remove(at).finish(result);
        }
    }

    /// Aborts a run's requests; their futures fail. The worker forgets its crops.
    pub(super) fn abort(&self, run: u32) {
        if let Some(worker) = self.worker.borrow().as_ref() {
            let message = ToWorker::new("forget");
            message.set_run(run);
            worker.put(&message);
        }
        self.finish(|errand| errand.run == run);
    }

    fn finish(&self, which: impl Fn(&Errand) -> bool) {
        self.errands.borrow_mut().retain(|errand| {
            let ends = which(errand);
            if ends {
                errand.finish(Err(gone()));
            }
            !ends
        });
    }
}

/// Headers as the plain object that `fetch` takes.
pub(super) fn headers<'a>(list: impl Iterator<Item = &'a (String, String)>) -> Object {
    let headers = Object::new();
    for (name, value) in list {
        // Setting a property on a fresh plain object cannot fail.
        let _ = Reflect::set(&headers, &name.into(), &value.into());
    }
    headers
}
