//! A form with a file: the file goes to a private temporary file as it arrives, and its other fields are short.

use axum::extract::Request;
use axum::http::header;
use liveness_protocol::ErrorCode;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::body::BodyLimit;
use crate::domain::error::ApiError;
use crate::domain::video::sent_file::{FileWriter, SentFile};

/// The most bytes of a field that is no file. Metadata has 8192.
const MAX_TEXT: u64 = 16 * 1024;

/// Room for boundaries and for what else is in a form beside its file.
const MARGIN: usize = 256 * 1024;

/// What `POST .../video/detect` is sent, each field once at most.
#[derive(Debug, Default)]
pub struct VideoForm {
    /// `video_file`.
    pub file: Option<SentFile>,
    /// `video_url`.
    pub url: Option<String>,
    /// `model`.
    pub model: Option<String>,
    /// `metadata`.
    pub metadata: Option<String>,
}

/// `invalid_video_input` in these words.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::with_message(ErrorCode::InvalidVideoInput, message)
}

impl VideoForm {
    /// Reads a form whose file may have as many bytes as `limit` says. Fields that are not known are dropped.
    ///
    /// # Errors
    /// `invalid_video_input`, `payload_too_large`, `request_timeout`; `service_unavailable` if the file cannot be written.
    pub async fn read(request: Request, limit: BodyLimit) -> Result<Self, ApiError> {
        let sent = request.headers().get(header::CONTENT_TYPE).and_then(|sent| sent.to_str().ok());
        let boundary = multer::parse_boundary(sent.unwrap_or_default())
            .map_err(|_| invalid("The body's Content-Type has to be multipart/form-data."))?;
        let whole = limit.bytes.saturating_add(MARGIN) as u64;
        if http_body::Body::size_hint(request.body()).lower() > whole {
            return Err(too_large(limit));
        }
        let sizes = SizeLimit::new()
            .whole_stream(whole)
            .per_field(MAX_TEXT)
            .for_field("video_file", limit.bytes as u64);
        let form = Multipart::with_constraints(
            request.into_body().into_data_stream(),
            boundary,
            Constraints::new().size_limit(sizes),
        );
        let read = tokio::time::timeout(limit.time, Self::collect(form, limit));
        read.await.unwrap_or_else(|_elapsed| Err(ErrorCode::RequestTimeout.into()))
    }

    async fn collect(mut form: Multipart<'_>, limit: BodyLimit) -> Result<Self, ApiError> {
        let mut read = Self::default();
        let broken = |error: multer::Error| broken(&error, limit);
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let text = match name.as_str() {
                "video_file" => {
                    let sent = receive(field, limit).await?;
                    once(&mut read.file, sent, &name)?;
                    continue;
                }
                "video_url" => &mut read.url,
                "model" => &mut read.model,
                "metadata" => &mut read.metadata,
                _ => continue,
            };
            let bytes = field.bytes().await.map_err(broken)?;
            let value = String::from_utf8(bytes.into())
                .map_err(|_| invalid(format!("{name} is no text")))?;
            once(text, value, &name)?;
        }
        Ok(read)
    }
}

fn once<T>(known: &mut Option<T>, value: T, name: &str) -> Result<(), ApiError> {
    match known.replace(value) {
        None => Ok(()),
        Some(_) => Err(invalid(format!("{name} is given twice"))),
    }
}

async fn receive(mut field: Field<'_>, limit: BodyLimit) -> Result<SentFile, ApiError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let mut file = FileWriter::new().await.map_err(|error| cannot_write(&error))?;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error, limit))? {
        file.write(&chunk).await.map_err(|error| cannot_write(&error))?;
    }
    file.finish(name).await.map_err(|error| cannot_write(&error))
}

fn cannot_write(error: &std::io::Error) -> ApiError {
    tracing::error!(%error, "a video cannot be written to a temporary file");
    ErrorCode::ServiceUnavailable.into()
}

fn broken(error: &multer::Error, limit: BodyLimit) -> ApiError {
    use multer::Error::{FieldSizeExceeded, StreamSizeExceeded};
    match error {
        FieldSizeExceeded { field_name: Some(name), .. } if name == "video_file" => {
            too_large(limit)
        }
        StreamSizeExceeded { .. } => too_large(limit),
        FieldSizeExceeded { .. } => invalid(format!("a field has more than {MAX_TEXT} bytes")),
        // Its words may quote what was sent.
        _ => invalid("The form is damaged, or broke off."),
    }
}

fn too_large(limit: BodyLimit) -> ApiError {
    ApiError::with_message(
        ErrorCode::PayloadTooLarge,
        format!("The video has more than the {} bytes allowed here.", limit.bytes),
    )
}
