//! What every store has to do, with time as an argument: functions over a store, run for each of them by
//! [`conformance!`].

pub mod bounds;
pub mod claims;
pub mod crops;

use std::ops::Deref;
use std::task::Poll;

use bytes::Bytes;
use liveness_protocol::{ErrorCode, ModelChoice, SessionState, Source, Verdict, VerdictData};
use tempfile::TempDir;
use uuid::Uuid;

use super::entry::Class;
use super::{Claim, CropKey, Lease, Picture, SessionStore, StoreError, StoreLimits};
use crate::domain::check::{CheckReply, ModelNotices};
use crate::domain::clock::UnixMillis;
use crate::domain::session::{PictureKind, SessionTerms};

pub const LIMITS: StoreLimits = StoreLimits {
    max_sessions: 2,
    max_empty: 3,
    max_crop_bytes: 100,
    max_result_bytes: 100_000,
    retention_ms: 1000,
};

/// Longer than any of the tests.
pub const LEASE: Lease = Lease { ms: 1_000_000, paid: false };

/// Sessions and bytes of each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals(pub [(usize, usize); Class::COUNT]);

impl Totals {
    pub const fn count(&self, class: Class) -> usize {
        self.0[class as usize].0
    }

    pub const fn bytes(&self, class: Class) -> usize {
        self.0[class as usize].1
    }

    pub const fn add(&mut self, (class, bytes): (Class, usize)) {
        self.0[class as usize].0 += 1;
        self.0[class as usize].1 += bytes;
    }
}

/// A store that lets its books be looked at.
#[async_trait::async_trait]
pub trait Audited: SessionStore {
    /// How many steps of a long test it can make in a second or two.
    const STEPS: usize;

    /// The totals by which it works.
    async fn totals(&self) -> Totals;

    /// The same, added up from what is there.
    async fn recounted(&self) -> Totals;
}

/// A store, and the folder it lives in.
pub struct Made<S> {
    pub store: S,
    /// Goes with the store, and after it.
    pub _dir: Option<TempDir>,
}

impl<S> Deref for Made<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

/// Runs all rules for the stores that an expression of type `fn(StoreLimits) -> Made<_>` makes.
macro_rules! conformance {
    ($make:expr) => {
        $crate::store::conformance::conformance! { $make;
            crops::a_session_is_opened_once,
            crops::all_terms_are_kept,
            crops::what_is_said_of_a_picture_is_kept_with_it_and_counted,
            crops::crops_are_kept_once,
            crops::the_first_crop_of_a_higher_run_drops_all_of_lower_ones,
            crops::an_undecided_session_can_be_given_back,
            crops::sessions_expire_and_are_forgotten,
            crops::sweeping_expires_what_nobody_asks_for,
            claims::a_claim_is_for_one_run,
            claims::one_claim_at_a_time_and_one_verdict,
            claims::one_of_many_claims_at_once_is_granted,
            claims::a_check_that_failed_for_good_stays_failed,
            claims::verdicts_stay_for_the_retention,
            claims::a_lapsed_claim_leaves_the_session_open,
            claims::a_lapsed_claim_of_a_paid_check_is_a_lost_verdict,
            claims::a_verdict_counts_until_somebody_has_seen_the_claim_lapse,
            bounds::only_sessions_with_crops_take_places,
            bounds::bytes_of_crops_are_bounded,
            bounds::what_has_ended_is_bounded_too,
            bounds::the_sums_are_right_after_any_sequence_of_operations,
        }
    };
    ($make:expr; $($module:ident::$rule:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                $crate::store::conformance::$module::$rule($make).await;
            }
        )+
    };
}
pub(crate) use conformance;

pub fn terms(frames_required: u32, expires_at: UnixMillis) -> SessionTerms {
    SessionTerms {
        id: Uuid::new_v4(),
        kind: PictureKind::Crops,
        choice: ModelChoice::Id("10".into()),
        model: "10".into(),
        frames_required,
        needs_fps: false,
        source: Source::Live,
        reference: None,
        expires_at,
    }
}

pub fn reply() -> CheckReply {
    let verdict = VerdictData {
        verdict: Verdict::Live,
        confidence: None,
        real_score: 0.9,
        score: 90.0,
        risk_band: None,
        session_id: String::new(),
        model: None,
        input_source: None,
        processing_ms: None,
        frames_processed: None,
        tenant_metadata: None,
        warning: None,
        warnings: None,
        created_at: None,
    };
    CheckReply { verdict, notices: ModelNotices::default() }
}

pub fn png(byte: u8, length: usize) -> Picture {
    Bytes::from(vec![byte; length]).into()
}

/// A crop's place in the first run.
pub const fn at(index: u32) -> CropKey {
    CropKey { run: 0, index }
}

pub const fn in_run(run: u32, index: u32) -> CropKey {
    CropKey { run, index }
}

pub async fn opened(store: &impl SessionStore, frames: u32, expires_at: UnixMillis) -> Uuid {
    let terms = terms(frames, expires_at);
    let id = terms.id;
    store.create(terms, 0).await.unwrap();
    id
}

/// Runs them all at once.
pub async fn futures_of<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// A session that is complete but for its verdict.
pub async fn filled(store: &impl SessionStore, expires_at: UnixMillis) -> Uuid {
    let id = opened(store, 1, expires_at).await;
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    id
}
