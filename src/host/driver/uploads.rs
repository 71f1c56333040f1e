//! The driver's side towards the far end: one transport a run.

use std::rc::Rc;

use liveness_capture_core::{CaptureReport, Event};
use wasm_bindgen_futures::spawn_local;

use super::{Driver, Run};
use crate::host::failure::Failure;
use crate::host::transport::{self, Pictures, Uploader};

impl Driver {
    pub(super) fn open_transport(self: &Rc<Self>, run: u32) {
        let transport = transport::create(&self.options, &self.courier, run);
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
            opened: None,
            pictures: Pictures::default(),
            taken: 0,
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
                    let frames_required = opened.frames_required;
                    if let Some(current) = driver.run.borrow_mut().as_mut() {
                        current.opened = Some(opened);
                    }
                    driver.dispatch(Event::TransportOpened { run, frames_required });
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        });
    }

    pub(super) fn is_current(&self, run: u32) -> bool {
        !self.over() && self.run.borrow().as_ref().is_some_and(|current| current.number == run)
    }

    /// Uploads a crop that came to the page; one that the worker keeps is on its way since it was taken.
    pub(super) fn upload(&self, run: u32, index: u32) {
        let mut current = self.run.borrow_mut();
        if let Some(current) = current.as_mut().filter(|current| current.number == run)
            && let Some(picture) = current.pictures.remove(index)
        {
            current.uploader.push(picture);
        }
    }

    pub(super) fn abort_transport(&self, run: u32) {
        let is_this = self.run.borrow().as_ref().is_some_and(|current| current.number == run);
        if is_this && let Some(current) = self.run.take() {
            current.uploader.stop();
        }
    }

    pub(super) fn complete(self: &Rc<Self>, run: u32, report: CaptureReport) {
        let transport = match self.run.borrow().as_ref() {
            Some(current) if current.number == run => current.transport.clone(),
            _ => return,
        };
        let driver = self.clone();
        spawn_local(async move {
            let result = transport.complete(report).await;
            if !driver.is_current(run) {
                return;
            }
            match result {
                Ok(data) => {
                    let verdict = data.verdict;
                    driver.verdict.replace(Some(data));
                    driver.dispatch(Event::VerdictReceived { run, verdict });
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        });
    }
}
