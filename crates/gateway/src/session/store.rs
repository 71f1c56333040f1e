//! The trait every session store implements. Time comes in as an argument.

use async_trait::async_trait;
use bytes::Bytes;
use liveness_protocol::{ErrorCode, SessionState};
use uuid::Uuid;

use super::SessionTerms;
use crate::backend::CheckReply;
use crate::clock::UnixMillis;
use crate::error::ApiError;

/// Why a store refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// As many sessions, or as many bytes of crops, as the store may hold.
    #[error("the store is full")]
    Full,
    /// No such session, or forgotten since.
    #[error("no such session")]
    NotFound,
    /// Its time is over.
    #[error("the session has expired")]
    Expired,
    /// The verdict stands or is being decided.
    #[error("the session takes no more crops")]
    Closed,
    /// The index is not below `frames_required`.
    #[error("crop index {index} is not below {frames_required}")]
    IndexOutOfRange {
        /// What was sent.
        index: u32,
        /// What the session needs.
        frames_required: u32,
    },
    /// Other bytes are known at this index.
    #[error("crop {0} is already known with other bytes")]
    Conflict(u32),
    /// Crops without which no check can run, ascending.
    #[error("{} crops are missing", .0.len())]
    Missing(Vec<u32>),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => ApiError::new(ErrorCode::TooManySessions)
                .retry_after(Some(std::time::Duration::from_secs(5))),
            StoreError::NotFound => ErrorCode::SessionNotFound.into(),
            StoreError::Expired => ErrorCode::SessionExpired.into(),
            StoreError::Closed => ErrorCode::SessionClosed.into(),
            StoreError::IndexOutOfRange { index, frames_required } => ApiError::with_message(
                ErrorCode::IndexOutOfRange,
                format!(
                    "Crop index {index} exceeds the maximum {} of this session.",
                    frames_required - 1
                ),
            ),
            StoreError::Conflict(index) => ApiError::with_message(
                ErrorCode::CropConflict,
                format!("Crop {index} is already known with other bytes."),
            ),
            StoreError::Missing(missing) => {
                let list: Vec<String> = missing.iter().map(u32::to_string).collect();
                let message = format!("Crops not yet received: {}.", list.join(", "));
                Self { missing, ..ApiError::with_message(ErrorCode::MissingCrops, message) }
            }
        }
    }
}

/// What became of a crop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CropStored {
    /// `false` when the same bytes were already there.
    pub new: bool,
    /// Different crops held now.
    pub frames_received: u32,
    /// Crops needed.
    pub frames_required: u32,
}

/// The answer to a wish to decide a session.
#[derive(Debug, Clone)]
pub enum Claim {
    /// The caller, and nobody else, now runs the check, and ends it with `finish` or `release`.
    Granted {
        /// The session's terms.
        terms: SessionTerms,
        /// The PNGs by index, 0 to `frames_required - 1`.
        crops: Vec<Bytes>,
    },
    /// The verdict stands.
    Decided(Box<CheckReply>),
    /// Somebody else runs the check.
    Running,
}

/// What a session looks like now.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The session's terms.
    pub terms: SessionTerms,
    /// Where it stands.
    pub state: SessionState,
    /// Indices received, ascending; all of them once decided.
    pub received: Vec<u32>,
    /// Once decided.
    pub reply: Option<Box<CheckReply>>,
}

/// Keeps sessions. Every method is atomic, so that several requests (or gateways) may share a store.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Opens a session.
    async fn create(&self, terms: SessionTerms, now: UnixMillis) -> Result<(), StoreError>;

    /// Whether a crop at `index` would be taken: for refusing before its body is read.
    async fn admits(&self, id: Uuid, index: u32, now: UnixMillis) -> Result<(), StoreError>;

    /// Keeps a crop; the same bytes again change nothing.
    async fn put_crop(
        &self,
        id: Uuid,
        index: u32,
        png: Bytes,
        now: UnixMillis,
    ) -> Result<CropStored, StoreError>;

    /// Asks for the right to decide.
    async fn claim(&self, id: Uuid, now: UnixMillis) -> Result<Claim, StoreError>;

    /// Keeps the verdict of a granted claim and forgets the crops.
    async fn finish(&self, id: Uuid, reply: CheckReply, now: UnixMillis) -> Result<(), StoreError>;

    /// Gives a granted claim back: the check failed and may be tried again.
    async fn release(&self, id: Uuid) -> Result<(), StoreError>;

    /// The session now.
    async fn get(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError>;

    /// Forgets what is out of time; returns how many sessions went.
    async fn sweep(&self, now: UnixMillis) -> Result<usize, StoreError>;
}
