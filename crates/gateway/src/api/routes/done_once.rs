//! What is done once for each request, and not again when it is repeated.

use liveness_protocol::ErrorCode;

use crate::domain::error::ApiError;
use crate::store::StoreError;

/// The answer where it fails: a store that does not answer may have done it, and 503 would invite the client to ask for it again.
pub fn done_or_not(error: StoreError) -> ApiError {
    match error {
        StoreError::Unavailable => ErrorCode::InternalError.into(),
        error => error.into(),
    }
}
