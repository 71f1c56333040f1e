//! The browser side of liveness-capture, in WebAssembly modules built from this crate:
//!
//! - `host` runs on the page: camera, session, transport. It loads before the camera prompt and is small.
//! - `vision` runs in a worker: face detection, crops and PNG encoding. Its exports are synchronous.
//! - `vision-onnx` is the same with tract-onnx, for pages that bring their own detector.
//!
//! `liveness-capture-core` decides what happens when; this crate only carries it out.

#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "vision")]
pub mod vision;
pub mod wire;

#[cfg(target_arch = "wasm32")]
mod start {
    use wasm_bindgen::prelude::wasm_bindgen;

    unsafe extern "C" {
        fn __wasm_call_ctors();
    }

    /// Runs once when a module is instantiated.
    #[wasm_bindgen(start)]
    fn start() {
        // SAFETY: the linker defines this symbol (exported by a link argument). Without one explicit
        // call it would wrap every export in calls to all constructors; this is the only caller.
        unsafe { __wasm_call_ctors() };
        console_error_panic_hook::set_once();
    }
}
