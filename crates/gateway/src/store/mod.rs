//! Where sessions are kept: the trait every store implements. Time comes in as an argument.

mod audit;
#[cfg(test)]
mod conformance;
mod entries;
pub mod entry;
mod failures;
mod groups;
mod held;
mod keys;
mod limits;
pub mod memory;
mod memory_audit;
mod memory_keys;
mod memory_tenants;
pub mod postgres;
pub mod sealed;
mod seen;
pub mod sqlite;
mod stored;
mod tenants;
mod whole;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use liveness_protocol::{ErrorCode, SessionState};
use uuid::Uuid;

use crate::domain::audit::By;
use crate::domain::check::CheckReply;
use crate::domain::clock::UnixMillis;
use crate::domain::error::ApiError;
use crate::domain::pictures::print::Print;
use crate::domain::session::SessionTerms;
use crate::domain::tenants::TenantId;

pub use audit::{AuditLog, AuditStore};
pub use keys::KeyStore;
pub use limits::{Forgotten, PRINTS_IN_MEMORY, StoreLimits};
pub use tenants::TenantStore;
pub use whole::Store;

/// How often to look whether a check that runs elsewhere has ended, where nothing tells.
const POLL: Duration = Duration::from_millis(200);

/// When to come back to a store that is full or does not work.
const BACK_SOON: Duration = Duration::from_secs(5);

/// Why a store refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// As many sessions with crops, or as many bytes of crops, as the store may hold.
    #[error("the store is full")]
    Full,
    /// There is a session of this id already.
    #[error("the session already exists")]
    Exists,
    /// No such session, or forgotten since.
    #[error("no such session")]
    NotFound,
    /// Its time is over.
    #[error("the session has expired")]
    Expired,
    /// The check runs or has ended.
    #[error("the session takes no more crops")]
    Closed,
    /// The crop's run is an earlier one.
    #[error("run {by} has taken the crop's run's place")]
    Superseded {
        /// The session's run.
        by: u32,
    },
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
    /// The verdict has been marked as used before.
    #[error("the verdict has been used")]
    Used,
    /// The store itself fails, and has logged why.
    #[error("the store does not work")]
    Unavailable,
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full | StoreError::Unavailable => {
                ApiError::new(ErrorCode::TooManySessions).retry_after(Some(BACK_SOON))
            }
            // Ids of ours are random, and whoever brings one of their own looks at what there is.
            StoreError::Exists => ErrorCode::InternalError.into(),
            StoreError::NotFound => ErrorCode::SessionNotFound.into(),
            StoreError::Expired => ErrorCode::SessionExpired.into(),
            StoreError::Closed => ErrorCode::SessionClosed.into(),
            StoreError::Used => ApiError::with_message(
                ErrorCode::SessionClosed,
                "This session's verdict has been used before.",
            ),
            StoreError::Superseded { by } => ApiError::with_message(
                ErrorCode::RunSuperseded,
                format!("Run {by} has begun: crops of earlier runs are not taken any more."),
            ),
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

/// Where a crop belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CropKey {
    /// The run, from 0. The crops of a session are all of the highest one.
    pub run: u32,
    /// The index, from 0.
    pub index: u32,
}

/// A picture as it is kept, with what the client said of it alone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// The file.
    pub file: Bytes,
    /// When it was taken, in milliseconds on the client's clock.
    pub timestamp_ms: Option<f64>,
    /// What the capture noticed.
    pub warnings: Vec<String>,
    /// What it is known again by.
    pub print: Option<Print>,
    /// What it is known again by after it was changed a little.
    pub near: Vec<Print>,
}

impl Picture {
    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        self.file.len() + self.warnings.iter().map(String::len).sum::<usize>()
    }
}

impl From<Bytes> for Picture {
    fn from(file: Bytes) -> Self {
        Self { file, ..Self::default() }
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

/// The terms on which a session is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How long the claim holds, in milliseconds: longer than the check can take.
    pub ms: u64,
    /// Whether the check must not be made again once it has begun. When such a claim lapses, the session has
    /// failed with [`ErrorCode::VerdictLost`]; any other session is then open again.
    pub paid: bool,
}

/// The number of a granted claim, which is shown when it ends: whoever's claim has lapsed and been granted anew to
/// somebody else has an old one, and can no longer decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticket(pub(in crate::store) u32);

impl Ticket {
    /// Whether nobody has had a claim on the session before.
    pub const fn is_first(self) -> bool {
        self.0 == 1
    }
}

/// The answer to [`SessionStore::claim`].
#[derive(Debug, Clone)]
pub enum Claim {
    /// The caller, and nobody else, now runs the check, and ends it with `finish`, `fail` or `release`.
    Granted {
        /// With which it is ended.
        ticket: Ticket,
        /// The session's terms.
        terms: Box<SessionTerms>,
        /// The pictures by index, 0 to `frames_required - 1`. Of a video none: its parts are read one by one.
        pictures: Vec<Picture>,
        /// How many claims of it have lapsed.
        lapses: u32,
    },
    /// The verdict stands.
    Decided(Box<CheckReply>),
    /// The check has failed for good.
    Failed(ErrorCode),
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
    /// The run its crops are of.
    pub run: u32,
    /// Indices received, ascending; all of them once the check has ended.
    pub received: Vec<u32>,
    /// Once decided.
    pub reply: Option<Box<CheckReply>>,
    /// Once failed for good.
    pub failure: Option<ErrorCode>,
    /// Since when it is decided, failed or expired.
    pub ended_at: Option<UnixMillis>,
}

/// A video that is there as a whole and undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingVideo {
    /// Its submission.
    pub id: Uuid,
    /// Whose.
    pub tenant: TenantId,
}

/// Keeps sessions. Every method is atomic, so that several requests (or gateways) may share a store. What a store
/// on disk has accepted is there after a crash.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Opens a session, for the holder of a key or for a page (`by` is `None`); [`StoreError::Exists`] if there is one of this
    /// id. It costs a place only from its first
    /// crop on, so there is always room for it; a store that holds too many without a crop forgets the oldest
    /// of those, of a client without a key if there is one.
    async fn create(
        &self,
        terms: SessionTerms,
        by: Option<By>,
        now: UnixMillis,
    ) -> Result<(), StoreError>;

    /// Whether a crop would be taken: for refusing before its body is read.
    async fn admits(&self, id: Uuid, key: CropKey, now: UnixMillis) -> Result<(), StoreError>;

    /// Keeps a crop; the same bytes again change nothing, the first crop of a higher run drops all of
    /// lower ones.
    async fn put_crop(
        &self,
        id: Uuid,
        key: CropKey,
        picture: Picture,
        now: UnixMillis,
    ) -> Result<CropStored, StoreError>;

    /// Asks for the right to decide on the crops of `run`.
    async fn claim(
        &self,
        id: Uuid,
        run: u32,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<Claim, StoreError>;

    /// Keeps the verdict of a granted claim, forgets the crops, and charges the tenant if the check was paid for. It is
    /// kept also when the claim has lapsed, as long as nobody has asked for the session since; otherwise the answer is [`StoreError::Closed`].
    async fn finish(
        &self,
        id: Uuid,
        ticket: Ticket,
        reply: CheckReply,
        now: UnixMillis,
    ) -> Result<(), StoreError>;

    /// Keeps that the check of a granted claim failed for good, and forgets the crops.
    async fn fail(
        &self,
        id: Uuid,
        ticket: Ticket,
        code: ErrorCode,
        now: UnixMillis,
    ) -> Result<(), StoreError>;

    /// Gives a granted claim back: the check was not made and may be tried again, for which a session has a minute at least, as
    /// long as its token holds.
    async fn release(&self, id: Uuid, ticket: Ticket, now: UnixMillis) -> Result<(), StoreError>;

    /// Lets a granted claim hold anew, as `lease` says.
    async fn extend(
        &self,
        id: Uuid,
        ticket: Ticket,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<(), StoreError>;

    /// Up to `limit` videos that are there as a whole and undecided, oldest first: those that wait, and those with a claim. One
    /// that cannot be read is forgotten.
    async fn videos(&self, limit: usize) -> Result<Vec<WaitingVideo>, StoreError>;

    /// The file of one picture, or one part of a video, if it is there.
    async fn picture(&self, id: Uuid, index: u32) -> Result<Option<Bytes>, StoreError>;

    /// Returns when a check that somebody else runs may have ended; it may also return without a reason.
    async fn changed(&self, _id: Uuid) {
        tokio::time::sleep(POLL).await;
    }

    /// Forgets an open session with its crops.
    async fn discard(&self, id: Uuid, now: UnixMillis) -> Result<(), StoreError>;

    /// The session now.
    async fn get(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError>;

    /// The session now, with its verdict, if there is one, marked as used: [`StoreError::Used`] if it was before.
    async fn use_verdict(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError>;

    /// Remembers prints of the pictures of a session for [`StoreLimits::prints_ms`], and says which of them were
    /// known before from others, in any order: what was shown before this one was opened, at `since`, another of the same id has shown.
    /// It shows nothing before that itself, whatever the clocks of several gateways say.
    async fn remember(
        &self,
        id: Uuid,
        prints: Vec<Print>,
        since: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<Print>, StoreError>;

    /// Forgets those of these prints that no session has shown before this one did, at this time or later: an earlier session of
    /// the same id may be long gone, and its pictures stay known. Whoever has lost the claim takes nothing from whoever decides now.
    async fn take_back(
        &self,
        id: Uuid,
        ticket: Ticket,
        prints: Vec<Print>,
        since: UnixMillis,
    ) -> Result<(), StoreError>;

    /// Expires open sessions whose time is over, ends lapsed claims, forgets those whose retention is over, and
    /// returns how many it forgot.
    async fn sweep(&self, now: UnixMillis) -> Result<usize, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each. A new one is put here, or this does not compile.
    fn refusals() -> Vec<StoreError> {
        use StoreError::*;
        let all = vec![
            Full,
            Exists,
            NotFound,
            Expired,
            Closed,
            Superseded { by: 2 },
            IndexOutOfRange { index: 3, frames_required: 3 },
            Conflict(1),
            Missing(vec![1, 4]),
            Used,
            Unavailable,
        ];
        for error in &all {
            match error {
                Full | Exists | NotFound | Expired | Closed | Used | Unavailable => {}
                Superseded { .. } | IndexOutOfRange { .. } | Conflict(_) | Missing(_) => {}
            }
        }
        all
    }

    /// Whoever may come again is told when, and nobody else; what a store cannot do now is no fault of whoever asked.
    #[test]
    fn a_refusal_says_whether_to_come_again() {
        for refusal in refusals() {
            let error = ApiError::from(refusal.clone());
            let of_store = matches!(refusal, StoreError::Full | StoreError::Unavailable);
            assert_eq!(error.retry_after.is_some(), of_store, "{refusal}");
            assert_eq!(error.code.status() == 503, of_store, "{refusal}");
            let of_caller = !of_store && refusal != StoreError::Exists;
            assert_eq!((400..500).contains(&error.code.status()), of_caller, "{refusal}");
        }
    }

    /// The numbers that a client needs to go on are in the answer.
    #[test]
    fn a_refusal_names_what_it_is_about() {
        for (refusal, numbers) in [
            (StoreError::Superseded { by: 27 }, vec!["27"]),
            (StoreError::IndexOutOfRange { index: 31, frames_required: 30 }, vec!["31", "29"]),
            (StoreError::Conflict(17), vec!["17"]),
            (StoreError::Missing(vec![14, 19]), vec!["14", "19"]),
        ] {
            let said = ApiError::from(refusal.clone()).message;
            for number in numbers {
                assert!(said.contains(number), "{refusal}: {said}");
            }
        }
        assert_eq!(ApiError::from(StoreError::Missing(vec![14, 19])).missing, [14, 19]);
    }
}
