//! The page's module: drives camera, worker and transport as the capture session decides.

mod camera;
mod courier;
mod driver;
mod failure;
mod file_pump;
mod frame_pump;
pub mod options;
mod outbox;
mod page;
mod transport;
mod worker;

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::HtmlVideoElement;

pub use failure::Failure;
pub use page::Page;

/// One liveness check, from the camera prompt to the verdict.
///
/// Exports are synchronous; everything that happens is reported through the page's `onChange`.
#[wasm_bindgen]
pub struct Check {
    driver: Rc<driver::Driver>,
}

#[wasm_bindgen]
impl Check {
    /// `options` have been checked by the package's script: headers are a list of pairs, addresses absolute.
    ///
    /// # Errors
    /// A fault `{ code, detail }` with `invalid_options`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, video: HtmlVideoElement, page: Page) -> Result<Check, JsValue> {
        let options = options::Options::from_js(options)?;
        let driver = driver::Driver::new(options, video.unchecked_into(), page)?;
        Ok(Self { driver })
    }

    /// Asks for the camera and begins. A second call does nothing.
    pub fn start(&self) {
        self.driver.start();
    }

    /// Gives the person more time for getting into place: the limit counts from zero again.
    pub fn extend(&self) {
        self.driver.extend();
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
