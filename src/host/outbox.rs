//! Messages to the worker. Those of one moment are posted as one: posting costs the page's thread more than
//! the content does.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use js_sys::Array;
use liveness_capture_core::FailureCode;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::Worker;

use super::failure::{Failure, js_text, to_js};
use super::frame_pump::Handover;
use crate::wire::ToWorker;

/// Messages on their way to a worker, which takes single messages and lists alike.
pub(super) struct Outbox {
    worker: Worker,
    held: RefCell<Array>,
    leaving: Cell<bool>,
}

fn unsendable(error: &JsValue) -> Failure {
    Failure::new(FailureCode::EngineCrashed, js_text(error))
}

impl Outbox {
    pub(super) fn new(worker: Worker) -> Rc<Self> {
        Rc::new(Self { worker, held: RefCell::default(), leaving: Cell::new(false) })
    }

    /// Posts the message together with the others of this moment, in order.
    ///
    /// # Errors
    /// If it cannot be serialised, which none of our messages run into.
    pub(super) fn post(self: &Rc<Self>, message: &ToWorker) -> Result<(), Failure> {
        let message = to_js(message).map_err(|error| unsendable(&error.into()))?;
        self.held.borrow().push(&message);
        if !self.leaving.replace(true) {
            let outbox = self.clone();
            spawn_local(async move {
                after_the_others().await;
                outbox.flush();
            });
        }
        Ok(())
    }

    /// Posts a message that transfers something, after those already waiting.
    ///
    /// # Errors
    /// What the browser throws when it cannot be handed over.
    pub(super) fn hand_over(&self, handover: &Handover) -> Result<(), Failure> {
        self.flush();
        let message = to_js(&handover.message).map_err(|error| unsendable(&error.into()))?;
        let transfer = Array::of1(&handover.transfer);
        let posted = self.worker.post_message_with_transfer(&message, &transfer);
        posted.map_err(|error| unsendable(&error))
    }

    fn flush(&self) {
        self.leaving.set(false);
        let messages = self.held.take();
        if messages.length() > 0 {
            // Plain data can always be posted.
            let _ = self.worker.post_message(&messages);
        }
    }
}

/// Lets the tasks woken by the same event run first: they may have messages too.
async fn after_the_others() {
    let mut waited = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
