//! Why a check ends without a verdict.

use liveness_capture_core::FailureCode;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::wire::{FaultView, UnreadableMessage};

/// A failure with its technical detail.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What went wrong.
    pub code: FailureCode,
    /// For developers: the browser's or the server's message. Never a token or a picture.
    pub detail: Option<String>,
}

impl Failure {
    /// A failure with a detail.
    pub fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }

    pub(super) fn view(&self) -> FaultView<'_> {
        FaultView { code: self.code, detail: self.detail.as_deref() }
    }

    /// Something the script threw: one of its faults, or anything else, which gets the code `otherwise`.
    pub(super) fn thrown(error: &JsValue, otherwise: FailureCode) -> Self {
        let text = |key: &str| js_sys::Reflect::get(error, &key.into()).ok()?.as_string();
        match text("code").as_deref().and_then(FailureCode::from_code) {
            Some(code) => Self { code, detail: text("detail") },
            None => Self::new(otherwise, js_text(error)),
        }
    }
}

impl From<FailureCode> for Failure {
    fn from(code: FailureCode) -> Self {
        Self { code, detail: None }
    }
}

impl From<UnreadableMessage> for Failure {
    fn from(error: UnreadableMessage) -> Self {
        Self::new(FailureCode::Internal, error.to_string())
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        // Two strings always serialise; the fallback only keeps this total.
        to_js(&failure.view()).unwrap_or_default()
    }
}

/// A value as the plain object that `JSON.parse` would make of it.
pub(super) fn to_js<T: Serialize + ?Sized>(
    value: &T,
) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
}

/// Whatever JavaScript threw, as text.
pub(super) fn js_text(value: &JsValue) -> String {
    match value.dyn_ref::<js_sys::Error>() {
        Some(error) => format!("{}: {}", error.name(), error.message()),
        // JavaScript's own conversion; the debug format would add a formatter to the module.
        None => js_sys::Array::of1(value).join("").into(),
    }
}
