//! The driver's side facing the server: one transport per run.

use std::rc::Rc;

use liveness_capture_core::{CaptureReport, Event};
use wasm_bindgen_futures::spawn_local;

use super::{Driver, Run};
use crate::host::failure::{Failure, to_js};
use crate::host::transport::{Decided, Opened, Uploader};

impl Driver {
    pub(super) fn open_transport(self: &Rc<Self>, run: u32) {
        let step = self.session.borrow().step();
        let transport = self.transports.transport(&self.options, step, run);
        let weak = Rc::downgrade(self);
        let done = move |index, result: Result<(), Failure>| {
            let Some(driver) = weak.upgrade() else { return };
            match result {
                Ok(()) => {
                    if let Some(current) = driver.run.borrow_mut().as_mut() {
                        current.acknowledged += 1;
                    }
                    driver.dispatch(Event::UploadAcknowledged { run, index });
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        };
        let uploader = Uploader::new(transport.clone(), Box::new(done));
        let previous = self.run.replace(Some(Run {
            number: run,
            transport: transport.clone(),
            uploader,
            taken: Vec::new(),
            acknowledged: 0,
        }));
        if let Some(previous) = previous {
            previous.uploader.stop();
        }
        let driver = self.clone();
        spawn_local(async move {
            let result = transport.open().await;
            if !driver.is_current(run) {
                return;
            }
            match result {
                Ok(opened) => {
                    let Opened { session_id, frames_required, expires_in_ms } = opened;
                    driver.session_id.replace(Some(session_id));
                    driver.dispatch(Event::TransportOpened { run, frames_required, expires_in_ms });
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        });
    }

    pub(super) fn is_current(&self, run: u32) -> bool {
        !self.over() && self.run.borrow().as_ref().is_some_and(|current| current.number == run)
    }

    pub(super) fn upload(&self, run: u32, index: u32) {
        let upload = {
            let current = self.run.borrow();
            current.as_ref().filter(|current| current.number == run).and_then(|current| {
                let picture = current.taken.get(index as usize).copied()?;
                Some((current.uploader.clone(), picture))
            })
        };
        // Outside the borrow: a transport may finish at once.
        if let Some((uploader, picture)) = upload {
            uploader.push(picture);
        }
    }

    /// What the run has come to is told until the next one.
    pub(super) fn abort_transport(&self, run: u32) {
        if let Some(current) = self.run.borrow().as_ref().filter(|current| current.number == run) {
            current.uploader.stop();
        }
    }

    pub(super) fn complete(self: &Rc<Self>, run: u32, report: CaptureReport) {
        let transport = match self.run.borrow().as_ref() {
            Some(current) if current.number == run => current.transport.clone(),
            _ => return,
        };
        self.warnings.replace(report.warnings.clone());
        let driver = self.clone();
        spawn_local(async move {
            let result = transport.complete(report).await;
            if !driver.is_current(run) {
                return;
            }
            match result {
                Ok(verdict) => {
                    let Decided { verdict: decided, score, .. } = verdict.data;
                    if let Some(before) = driver.verdict.replace(Some(verdict)) {
                        driver.earlier.push(&before.raw);
                    }
                    driver.dispatch(Event::VerdictReceived { run, verdict: decided, score });
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        });
    }

    /// Gives the server's session back: without a verdict it only takes up a place.
    pub(super) fn give_back(&self) {
        let request =
            self.transports.delete_session_request().and_then(|request| to_js(&request).ok());
        if let Some(request) = request {
            // If it fails, the session expires on its own.
            let _ = self.page.send_last(&request);
        }
    }
}
