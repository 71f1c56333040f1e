//! Messages from the page to the worker.

use serde::Serialize;
use wasm_bindgen::JsValue;

use super::options::{Credentials, CropRule, Detector};

/// A message to the worker, sent singly or in a list.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ToWorker {
    /// What the page has fetched for the worker, which answers with `loaded` or `error`.
    Files {
        /// The files.
        files: EngineFiles,
    },
    /// Get ready for a check; answered with `ready` once there are files.
    Init {
        /// How crops are cut.
        crop_rule: CropRule,
    },
    /// The track's frames, from which `next` takes one.
    Stream {
        /// Transferred.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[cfg_attr(feature = "typescript", ts(type = "ReadableStream<VideoFrame>"))]
        readable: JsValue,
    },
    /// One frame, to be analysed at once.
    Frame {
        /// The frame's own time in milliseconds.
        timestamp: f64,
        /// Transferred.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[cfg_attr(feature = "typescript", ts(type = "VideoFrame | ImageBitmap | ImageData"))]
        picture: JsValue,
    },
    /// Analyse the newest frame of the stream, or the first that is late enough.
    Next {
        /// Skip frames before this time in milliseconds, unless time has gone backwards.
        not_before: Option<f64>,
    },
    /// Take no more frames from the stream; answered with `ended`.
    Leave,
    /// Cut a picture from the last analysed frame, and keep it.
    Take {
        /// Its run.
        run: u32,
        /// Its index in the run, from 0.
        index: u32,
        /// The whole frame instead of a crop.
        whole: bool,
        /// x, y, width and height of the face in the frame's pixels.
        #[cfg_attr(feature = "typescript", ts(type = "[number, number, number, number]"))]
        face: [f64; 4],
    },
    /// Make a request.
    Send {
        /// Its number, repeated in the answer.
        id: u32,
        /// The run it belongs to; it is aborted when the run ends.
        run: Option<u32>,
        /// The request.
        request: HttpRequest,
    },
    /// Give back what the browser has few of, drop all pictures, abort all requests, and say `ended`.
    #[allow(dead_code, reason = "sent by the script that terminates the worker")]
    End,
    /// Drop a run's pictures and abort its requests.
    Forget {
        /// The run.
        run: u32,
    },
}

/// What detection needs, fetched by the page while the worker's script loads: only the page knows where the
/// package's files are.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EngineFiles {
    /// The compiled module.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "WebAssembly.Module"))]
    pub module: JsValue,
    /// The weights, or the page's own model.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "ArrayBuffer"))]
    pub weights: JsValue,
    /// The meaning of the page's own model, if it brings one.
    pub detector: Option<Detector>,
}

/// A request. The worker makes all of them: it has the pictures, and its built-ins are the browser's own,
/// whatever the page has done to its own.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub method: &'static str,
    /// An absolute URL.
    pub url: String,
    /// Unique names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// Whether to send cookies.
    pub credentials: Credentials,
    /// `follow` or `manual`, which answers a redirect with status 0.
    #[cfg_attr(feature = "typescript", ts(type = "RequestRedirect"))]
    pub redirect: &'static str,
    /// How long to wait for the answer, in milliseconds.
    pub timeout_ms: f64,
    /// The body.
    pub body: Body,
}

/// A request's body.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Body {
    /// Nothing.
    Empty,
    /// A plain object as JSON.
    Json {
        /// The object.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[cfg_attr(feature = "typescript", ts(type = "Record<string, unknown>"))]
        json: JsValue,
    },
    /// One of the run's pictures, as a PNG file.
    Picture {
        /// The picture's index.
        index: u32,
    },
    /// The object as JSON, with all pictures of the run in base64 as its `crops`.
    Crops {
        /// The object.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[cfg_attr(feature = "typescript", ts(type = "Record<string, unknown>"))]
        json: JsValue,
    },
    /// The object as JSON, with one of the run's pictures in base64 as its `frame.pixels`.
    Frame {
        /// The object.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[cfg_attr(feature = "typescript", ts(type = "{ frame: { pixels: string } }"))]
        json: JsValue,
        /// The picture's index.
        index: u32,
    },
}
