//! The page's module: drives camera, worker and transport as the capture session says.

mod camera;
mod courier;
mod driver;
mod failure;
mod frames;
mod message;
pub mod options;
mod outbox;
mod snapshot;
pub mod transport;
mod worker;

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::HtmlVideoElement;

pub use camera::{CameraError, rejection_code};
pub use failure::Failure;

/// One liveness check, from the camera prompt to the verdict.
///
/// Exports are synchronous; everything that happens is reported through `on_change`.
#[wasm_bindgen]
pub struct Check {
    driver: Rc<driver::Driver>,
}

#[wasm_bindgen]
impl Check {
    /// `options` is the plain object documented in the package's types, but `headers` as a list of pairs
    /// and addresses absolute; `spawn_worker` makes the worker, `on_change` receives a snapshot after
    /// every change.
    ///
    /// # Errors
    /// A failure object `{code, message, detail, retriable}` with `invalid_options`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: JsValue,
        video: HtmlVideoElement,
        spawn_worker: Function,
        on_change: Function,
    ) -> Result<Check, JsValue> {
        let options = options::Options::from_js(&options)?;
        let driver = driver::Driver::new(options, video, spawn_worker, on_change)?;
        Ok(Self { driver })
    }

    /// Asks for the camera and begins. A second call does nothing.
    pub fn start(&self) {
        self.driver.start();
    }

    /// Ends the check, releases the camera and aborts what is on its way. Does nothing after the end.
    pub fn cancel(&self) {
        self.driver.cancel();
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        self.driver.cancel();
    }
}
