//! What the page tells the worker.

use serde::Serialize;
use wasm_bindgen::JsValue;

use super::options::{Credentials, CropRule, Detector};

/// To the worker, one message at a time or a list of them.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ToWorker {
    /// Load ahead of a check. A failure waits for `init`, unless `tell` asks for an answer.
    Load {
        /// Folder of the package's files; empty: beside the script.
        asset_base: String,
        /// Whether to answer `loaded`, or `error`.
        tell: bool,
    },
    /// What the page has fetched for `load`; `null`: the worker is to fetch itself.
    Files {
        /// The files.
        files: Option<EngineFiles>,
    },
    /// Get ready for a check.
    Init {
        /// Folder of the package's files; empty: beside the script.
        asset_base: String,
        /// How crops are cut.
        crop_rule: CropRule,
        /// The page's own detector, in place of the built-in one.
        detector: Option<Detector>,
    },
    /// The track's frames, from which `next` takes.
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
        /// Frames before this time in milliseconds are not wanted, unless time went back.
        not_before: Option<f64>,
    },
    /// Cut a picture of the frame analysed last, and keep it.
    Take {
        /// Of which run.
        run: u32,
        /// Which one, from 0.
        index: u32,
        /// The whole frame instead of a crop.
        whole: bool,
        /// x, y, width, height of the face in the frame's pixels.
        #[cfg_attr(feature = "typescript", ts(type = "[number, number, number, number]"))]
        face: [f64; 4],
    },
    /// Make a request.
    Send {
        /// Its number, for the answer.
        id: u32,
        /// The run it belongs to, whose end aborts it.
        run: Option<u32>,
        /// The request.
        request: HttpRequest,
    },
    /// Drop a run's pictures and abort its requests.
    Forget {
        /// Which run.
        run: u32,
    },
}

/// What a detection needs, fetched by the page beside the worker's script.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EngineFiles {
    /// Whether it is the module with relaxed SIMD.
    pub relaxed: bool,
    /// The module, compiled.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "WebAssembly.Module"))]
    pub module: JsValue,
    /// The weights.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "ArrayBuffer"))]
    pub weights: JsValue,
}

/// A request. All are made by the worker, whose built-ins are the browser's own whatever the page has done to
/// its own, and where the pictures are.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub method: &'static str,
    /// Absolute.
    pub url: String,
    /// Names in lower case, none twice.
    pub headers: Vec<(String, String)>,
    /// Whether cookies go with it.
    pub credentials: Credentials,
    /// How long to wait for the answer.
    pub timeout_ms: f64,
    /// What it carries.
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
    /// A picture of the run, as a PNG file.
    Picture {
        /// Which one.
        index: u32,
    },
    /// The object with all pictures of the run, in base64, as its `crops`.
    Crops {
        /// The object.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[cfg_attr(feature = "typescript", ts(type = "Record<string, unknown>"))]
        json: JsValue,
    },
    /// The object with a picture of the run, in base64, as its `frame.pixels`.
    Frame {
        /// The object.
        #[serde(with = "serde_wasm_bindgen::preserve")]
        #[cfg_attr(feature = "typescript", ts(type = "{ frame: { pixels: string } }"))]
        json: JsValue,
        /// Which picture.
        index: u32,
    },
}
