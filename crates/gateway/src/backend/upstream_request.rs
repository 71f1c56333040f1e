//! The documented request of one check. Its body is a list of parts, sent one after the other: the pictures among them are
//! slices of what a caller has sent, where that is possible, and nothing copies them together.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::HeaderValue;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use liveness_protocol::{ErrorCode, Source};
use serde::Serialize;
use serde_json::json;

use super::BackendError;
use crate::domain::check::{CheckRequest, Pictures};
use crate::domain::metadata::Metadata;
use crate::domain::pictures::base64_text;

/// Which endpoint of the API is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckEndpoint {
    /// `fast-check-crops`.
    Crops,
    /// `fast-check`.
    Frames,
}

/// The documented request of one check.
pub struct DocumentedCheck {
    /// Where to.
    pub endpoint: CheckEndpoint,
    /// As it has to come back in the verdict.
    pub session_id: String,
    /// The header of the second flow.
    pub version: Option<HeaderValue>,
    /// The JSON.
    pub body: SlicedBody,
}

/// A body of known length in parts. A clone shares them.
#[derive(Clone, Default)]
pub struct SlicedBody {
    parts: VecDeque<Bytes>,
    length: u64,
}

impl SlicedBody {
    fn push(&mut self, part: impl Into<Bytes>) {
        let part = part.into();
        self.length += part.len() as u64;
        self.parts.push_back(part);
    }
}

impl Body for SlicedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let part = self.parts.pop_front();
        self.length -= part.as_ref().map_or(0, |part| part.len() as u64);
        Poll::Ready(part.map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.parts.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

/// Everything in a request but its pictures.
#[derive(Serialize)]
struct About {
    session_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_count: Option<u32>,
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    fps: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bg_segmentation: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_intelligence: Option<serde_json::Value>,
}

/// The request for a check.
///
/// # Errors
/// [`BackendError::Rejected`] for a version that no header can carry.
pub fn documented(request: CheckRequest) -> Result<DocumentedCheck, BackendError> {
    let version = request.model.version().map(HeaderValue::from_str).transpose().map_err(|_| {
        BackendError::rejected(ErrorCode::ValidationError, "X-Model-Version is not plain text")
    })?;
    let session_id = request.session_id.to_string();
    let frames = matches!(request.pictures, Pictures::Frames(_));
    let about = About {
        session_id: session_id.clone(),
        model: request.model.model().map(str::to_owned),
        frame_count: request.model.frame_count(),
        source: request.source,
        fps: request.fps.filter(|_| request.states_fps),
        bg_segmentation: request.bg_segmentation.filter(|_| !frames),
        warnings: request.warnings,
        device_intelligence: request.device_intelligence.as_ref().map(Metadata::to_value),
    };
    let mut about = serde_json::to_string(&about).map_err(|error| {
        tracing::error!(%error, "a check could not be written as JSON");
        BackendError::Internal
    })?;
    // The object goes on with its pictures.
    about.pop();
    let encoded = |files: Vec<Bytes>| files.iter().map(|file| base64_text::encode(file)).collect();
    let (endpoint, list, texts): (_, _, Vec<Bytes>) = match request.pictures {
        Pictures::Crops(files) => (CheckEndpoint::Crops, "crops", encoded(files)),
        Pictures::CropTexts(texts) => (CheckEndpoint::Crops, "crops", texts),
        Pictures::Frames(files) => (CheckEndpoint::Frames, "frames", encoded(files)),
    };
    let mut times = request.timestamps_ms.into_iter();
    let mut body = SlicedBody::default();
    let mut between = format!("{about},\"{list}\":[");
    for (index, text) in texts.into_iter().enumerate() {
        between += &format!("{{\"index\":{index},");
        if frames {
            between += &format!("\"timestamp_ms\":{},", json!(times.next().unwrap_or(0.0)));
        }
        between += "\"pixels\":\"";
        body.push(std::mem::replace(&mut between, "\"},".to_owned()));
        body.push(text);
    }
    between.truncate(between.trim_end_matches(',').len());
    body.push(between + "]}");
    Ok(DocumentedCheck { endpoint, session_id, version, body })
}
