//! Requests that the worker makes for the page: a crop stays where it was cut, and what a request with a
//! body costs (about a millisecond) is not the page's thread's to pay.
//!
//! What is asked of the worker and what it answers is in `js/src/courier.ts`.

use std::cell::{Cell, RefCell};

use js_sys::{Function, Object, Promise, Reflect};
use liveness_capture_core::FailureCode;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Worker;

use super::Failure;
use super::worker::{number, object, text};

/// A request on its way.
struct Errand {
    id: u32,
    run: u32,
    resolve: Function,
}

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

/// The page's end. Without a worker every request fails.
#[derive(Default)]
pub(super) struct Courier {
    worker: RefCell<Option<Worker>>,
    errands: RefCell<Vec<Errand>>,
    last: Cell<u32>,
}

fn gone() -> Failure {
    Failure::new(FailureCode::EngineCrashed, "the worker is gone")
}

impl Courier {
    /// The worker to be sent.
    pub(super) fn engage(&self, worker: &Worker) {
        self.worker.replace(Some(worker.clone()));
    }

    /// The worker has ended: whoever waits for it hears of it.
    pub(super) fn dismiss(&self) {
        self.worker.take();
        for errand in self.errands.take() {
            resolve(&errand, &JsValue::UNDEFINED);
        }
    }

    /// Sends a crop with `request`'s `method`, `url`, `headers`, `credentials` and `timeoutMs`.
    pub(super) async fn send(&self, crop: Kept, request: Object) -> Result<Reply, Failure> {
        let worker = self.worker.borrow().clone().ok_or_else(gone)?;
        let Kept { run, index } = crop;
        let id = self.last.get().wrapping_add(1);
        self.last.set(id);
        let message = object(&[
            ("type", "send".into()),
            ("id", id.into()),
            ("run", run.into()),
            ("index", index.into()),
            ("request", request.into()),
        ]);
        let answer = Promise::new(&mut |resolve, _| {
            self.errands.borrow_mut().push(Errand { id, run, resolve });
        });
        worker.post_message(&message).map_err(|_| gone())?;
        let answer = JsFuture::from(answer).await.unwrap_or_default();
        if answer.is_undefined() {
            return Err(gone());
        }
        match text(&answer, "error") {
            Some(detail) if text(&answer, "name").as_deref() == Some("TimeoutError") => {
                Err(Failure::new(FailureCode::RequestTimeout, detail))
            }
            Some(detail) => Err(Failure::new(FailureCode::NetworkError, detail)),
            None => Ok(Reply {
                status: number(&answer, "status") as u16,
                retry_after: text(&answer, "retryAfter"),
                body: text(&answer, "body").unwrap_or_default(),
            }),
        }
    }

    /// The worker's answer to one request.
    pub(super) fn deliver(&self, answer: &JsValue) {
        let id = number(answer, "id") as u32;
        let mut errands = self.errands.borrow_mut();
        if let Some(at) = errands.iter().position(|errand| errand.id == id) {
            resolve(&errands.swap_remove(at), answer);
        }
    }

    /// Aborts a run's requests; their futures fail. The worker forgets its crops.
    pub(super) fn abort(&self, run: u32) {
        let mut errands = self.errands.borrow_mut();
        if let Some(worker) = self.worker.borrow().as_ref() {
            let message = object(&[("type", "forget".into()), ("run", run.into())]);
            // Plain numbers and strings can always be posted.
            let _ = worker.post_message(&message);
        }
        errands.retain(|errand| {
            let other = errand.run != run;
            if !other {
                resolve(errand, &JsValue::UNDEFINED);
            }
            other
        });
    }
}

/// A promise's own function, which never throws. It calls nobody at once, so lists may be borrowed.
fn resolve(errand: &Errand, answer: &JsValue) {
    let _ = errand.resolve.call1(&JsValue::NULL, answer);
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
