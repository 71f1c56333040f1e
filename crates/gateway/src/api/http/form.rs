//! A form with a file: the file goes to a private temporary file as it arrives, and its other fields are short.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use bytes::Bytes;
use http_body::Frame;
use liveness_protocol::ErrorCode;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::body::BodyLimit;
use crate::domain::error::ApiError;
use crate::domain::video::sent_file::{FileWriter, SentFile};

/// The most bytes of a field that is not a file. Metadata has 8192.
const MAX_TEXT: u64 = 16 * 1024;

/// Room for boundaries and for what else is in a form beside its file.
const MARGIN: usize = 256 * 1024;

/// The most bytes that are looked at, and held, before a field or a part of one has come of them: what stands before the first
/// boundary, and a field's head. The reader of forms itself has no limit for them.
const MAX_BETWEEN: usize = 64 * 1024;

/// The most fields, known or not.
const MAX_FIELDS: usize = 32;

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
        let between = Between::default();
        let body = Metered { body: request.into_body(), between: between.clone(), gave: false };
        let form = Multipart::with_constraints(
            Body::new(body).into_data_stream(),
            boundary,
            Constraints::new().size_limit(sizes),
        );
        let read = tokio::time::timeout(limit.time, Self::collect(form, &between, limit));
        read.await.unwrap_or_else(|_elapsed| Err(ErrorCode::RequestTimeout.into()))
    }

    async fn collect(
        mut form: Multipart<'_>,
        between: &Between,
        limit: BodyLimit,
    ) -> Result<Self, ApiError> {
        let mut read = Self::default();
        let mut fields = 0;
        let broken = |error: multer::Error| broken(&error, limit);
        while let Some(field) = form.next_field().await.map_err(broken)? {
            between.clear();
            fields += 1;
            if fields > MAX_FIELDS {
                return Err(invalid(format!("the form has more than {MAX_FIELDS} fields")));
            }
            let name = field.name().unwrap_or_default().to_owned();
            let text = match name.as_str() {
                "video_file" => {
                    let sent = receive(field, between, limit).await?;
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

/// How many bytes the reader of a form has been given since something last came of them.
#[derive(Clone, Default)]
struct Between(Arc<AtomicUsize>);

impl Between {
    fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Whether these may be given as well.
    fn admits(&self, bytes: usize) -> bool {
        self.0.fetch_add(bytes, Ordering::Relaxed) <= MAX_BETWEEN
    }
}

/// A form's body, given a frame at a time: its reader would take all that has arrived before it looks at any of it.
struct Metered {
    body: Body,
    between: Between,
    /// Whether the reader has been given a frame that it has not looked at.
    gave: bool,
}

/// Why a form is not read on.
#[derive(Debug, thiserror::Error)]
#[error("more than {MAX_BETWEEN} bytes are part of no field")]
struct Endless;

impl http_body::Body for Metered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            if !self.between.admits(data.len()) {
                return Poll::Ready(Some(Err(axum::Error::new(Endless))));
            }
            self.gave = true;
        }
        Poll::Ready(frame)
    }
}

async fn receive(
    mut field: Field<'_>,
    between: &Between,
    limit: BodyLimit,
) -> Result<SentFile, ApiError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let mut file = FileWriter::new().await?;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error, limit))? {
        between.clear();
        file.write(&chunk).await?;
    }
    Ok(file.finish(name).await?)
}

fn broken(error: &multer::Error, limit: BodyLimit) -> ApiError {
    use multer::Error::{FieldSizeExceeded, StreamSizeExceeded};
    match error {
        FieldSizeExceeded { field_name: Some(name), .. } if name == "video_file" => {
            too_large(limit)
        }
        StreamSizeExceeded { .. } => too_large(limit),
        FieldSizeExceeded { .. } => invalid(format!(
            "A field has more than {MAX_TEXT} bytes. That of the file is called video_file."
        )),
        // Its words may quote what was sent.
        _ => invalid(format!(
            "The form is damaged, broke off, or has more than {MAX_BETWEEN} bytes that are part of no field."
        )),
    }
}

fn too_large(limit: BodyLimit) -> ApiError {
    ApiError::with_message(
        ErrorCode::PayloadTooLarge,
        format!("The video has more than the {} bytes allowed here.", limit.bytes),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::*;

    const LIMIT: BodyLimit = BodyLimit { bytes: 64 << 20, time: Duration::from_secs(60) };

    const FILE: &str =
        "--b\r\ncontent-disposition: form-data; name=\"video_file\"; filename=\"a.mp4\"\r\n\r\n";

    /// Pieces of a form that have all arrived; counts those that are left.
    struct Pieces(VecDeque<Bytes>, Arc<AtomicUsize>);

    impl http_body::Body for Pieces {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            let next = self.0.pop_front();
            self.1.store(self.0.len(), Ordering::Relaxed);
            Poll::Ready(next.map(|piece| Ok(Frame::data(piece))))
        }
    }

    /// What comes of a form that begins and ends so, with a thousand pieces between, and how many of these were read.
    async fn read(head: &str, piece: &[u8], end: &str) -> (Result<VideoForm, ApiError>, usize) {
        let copy = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
        let mut pieces = vec![copy(piece); 1000];
        pieces.insert(0, copy(head.as_bytes()));
        pieces.push(copy(end.as_bytes()));
        let left = Arc::new(AtomicUsize::new(0));
        let body = Body::new(Pieces(pieces.into(), left.clone()));
        let kind = "multipart/form-data; boundary=b";
        let request = Request::post("/").header("content-type", kind).body(body).unwrap();
        let form = VideoForm::read(request, LIMIT).await;
        (form, 1001 - left.load(Ordering::Relaxed).min(1001))
    }

    #[tokio::test]
    async fn what_is_part_of_no_field_is_not_held() {
        let none = [b' '; 8192];
        for head in
            ["", "--b", "--b\r\nx: ", "--b\r\ncontent-disposition: form-data; name=\"", FILE]
        {
            let (form, pieces) = read(head, &none, "\r\n--b--\r\n").await;
            if head == FILE {
                assert_eq!(form.unwrap().file.unwrap().bytes, 1000 * none.len());
            } else {
                assert_eq!(form.unwrap_err().code, ErrorCode::InvalidVideoInput, "{head:?}");
                assert!(
                    pieces <= MAX_BETWEEN / none.len() + 3 || head == "--b",
                    "{head:?}: {pieces}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_form_has_few_fields() {
        let empty = b"--b\r\ncontent-disposition: form-data; name=\"x\"\r\n\r\n\r\n";
        let (form, pieces) = read("", empty, "--b--\r\n").await;
        assert_eq!(form.unwrap_err().code, ErrorCode::InvalidVideoInput);
        assert!(pieces <= MAX_FIELDS + 2, "{pieces}");
    }
}
