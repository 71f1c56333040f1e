//! What the rules are written with: a store, sessions, pictures.

use std::ops::Deref;
use std::task::Poll;

use bytes::Bytes;
use liveness_protocol::{ModelChoice, Source, Verdict, VerdictData};
use tempfile::TempDir;
use uuid::Uuid;

use crate::domain::check::{CheckReply, ModelNotices};
use crate::domain::clock::UnixMillis;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::tenants::TenantId;
use crate::store::entry::Class;
use crate::store::{CropKey, Forgotten, Lease, Picture, SessionStore, Store, StoreLimits, Ticket};

pub const LIMITS: StoreLimits = StoreLimits {
    max_sessions: 2,
    max_empty: 3,
    max_crop_bytes: 100,
    max_result_bytes: 100_000,
    retention_ms: 1000,
    max_prints: 1000,
    prints_ms: 5000,
    audit_ms: 1_000_000_000,
};

/// Longer than any of the tests.
pub const LEASE: Lease = Lease { ms: 1_000_000, paid: false };

/// How long a session may be put off: by a check of half a second, and a minute more.
pub const GRACE_MS: u64 = 60_500;

/// What the first claims of a session are ended with.
pub const FIRST: Ticket = Ticket(1);
pub const SECOND: Ticket = Ticket(2);

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
pub trait Audited: Store {
    /// How many steps of a long test it can make in a second or two.
    const STEPS: usize;

    /// What it has forgotten before its time.
    fn forgotten(&self) -> &Forgotten;

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

pub fn terms(frames_required: u32, expires_at: UnixMillis) -> SessionTerms {
    SessionTerms {
        id: Uuid::new_v4(),
        tenant: TenantId::default(),
        sharer: None,
        kind: PictureKind::Crops,
        choice: ModelChoice::Id("10".into()),
        model: "10".into(),
        frames_required,
        needs_fps: false,
        source: Source::Live,
        reference: None,
        metadata: None,
        created_at: 7,
        expires_at,
        extendable_to: expires_at + GRACE_MS,
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
    CheckReply::new(verdict, ModelNotices::default())
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
    store.create(terms, None, 0).await.unwrap();
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
