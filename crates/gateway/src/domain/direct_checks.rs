//! Checks in one request that may be paid for: the same request again is the same check while that runs, and afterwards where
//! nobody was there to hear how it ended. A client that hangs up and asks again does not pay twice. (One whose line dies without
//! a word counts as there until the system gives its connection up.)
//!
//! They are known to one gateway, and are gone with it: who needs more than that opens a session.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use uuid::Uuid;

use super::check::{CheckRequest, Pictures};
use super::clock::UnixMillis;
use super::metadata::Metadata;
use super::runner::Outcome;
use super::tenants::TenantId;
use crate::backend::BackendError;
use crate::pool::{LazyPool, Pool};

/// How long an outcome is kept that nobody has heard.
pub const KEPT_MS: u64 = 10 * 60_000;

/// How many of them are kept. Then the oldest goes of the tenant that has most.
pub const MOST_KEPT: usize = 1_000;

/// Whose a check is, and the id that the client has made for it.
type Key = (TenantId, Uuid);

/// Those that run, and the outcomes that nobody has heard.
#[derive(Default, Clone)]
pub struct DirectChecks(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// Different checks under one id are rare, but nobody has to keep to that.
    running: HashMap<Key, Vec<Running>>,
    /// In the order in which they ended.
    unheard: VecDeque<Unheard>,
}

struct Running {
    check: Arc<CheckRequest>,
    told: Arc<watch::Sender<Option<Outcome>>>,
}

struct Unheard {
    key: Key,
    digest: [u8; 32],
    outcome: Outcome,
    until: UnixMillis,
}

/// What there is of a check.
pub enum Found {
    /// Nothing: it is to be made, and whoever makes it says how it ended.
    New(Begun, Awaited),
    /// It runs.
    Running(Awaited),
    /// It has ended, and nobody has heard how.
    Ended(Box<Outcome>),
}

/// The end of a check that runs. As long as there is one, somebody will hear of it.
pub struct Awaited(watch::Receiver<Option<Outcome>>);

impl Awaited {
    /// How it ends. An error of the task that runs it, as after a panic of the store, is a check that is lost.
    pub async fn outcome(mut self) -> Outcome {
        let told = self.0.wait_for(Option::is_some).await;
        told.ok().and_then(|outcome| outcome.clone()).unwrap_or(Err(BackendError::Lost))
    }
}

/// The right to make a check. Dropped without an outcome, it makes room for another try.
pub struct Begun {
    checks: DirectChecks,
    key: Key,
    check: Arc<CheckRequest>,
    told: Arc<watch::Sender<Option<Outcome>>>,
}

impl DirectChecks {
    /// Whether this tenant has checks that run, or whose outcome nobody has heard.
    pub fn has_any(&self, tenant: &TenantId, now: UnixMillis) -> bool {
        let known = self.known();
        let mut unheard = known.unheard.iter().filter(|unheard| now < unheard.until);
        known.running.keys().any(|(whose, _)| whose == tenant)
            || unheard.any(|unheard| unheard.key.0 == *tenant)
    }

    /// Looks for a check of this tenant's with the same id, the same pictures, and the same said of them. `held`, the pictures'
    /// share of a budget, is kept as long as they are looked at, also where the caller leaves.
    pub async fn find<H: Send + Sync + 'static>(
        &self,
        tenant: &TenantId,
        check: CheckRequest,
        held: &Arc<H>,
        now: UnixMillis,
    ) -> Found {
        let (key, check) = ((tenant.clone(), check.session_id), Arc::new(check));
        let mut digest = None;
        loop {
            if digest.is_none() && self.has_unheard(&key, now) {
                digest = Some(digest_of(Arc::clone(&check), Arc::clone(held)).await);
            }
            let mut known = self.known();
            known.unheard.retain(|unheard| now < unheard.until);
            let mut unheard = known.unheard.iter().filter(|unheard| unheard.key == key);
            match digest {
                // One has ended in the meantime.
                None if unheard.next().is_some() => continue,
                digest => {
                    if let Some(same) = unheard.find(|unheard| Some(unheard.digest) == digest) {
                        return Found::Ended(Box::new(same.outcome.clone()));
                    }
                }
            }
            let of_this_id = known.running.entry(key.clone()).or_default();
            if let Some(running) = of_this_id.iter().find(|running| running.check == check) {
                return Found::Running(Awaited(running.told.subscribe()));
            }
            let (told, awaited) = watch::channel(None);
            let told = Arc::new(told);
            of_this_id.push(Running { check: Arc::clone(&check), told: Arc::clone(&told) });
            let begun = Begun { checks: self.clone(), key, check: Arc::clone(&check), told };
            return Found::New(begun, Awaited(awaited));
        }
    }

    /// How many requests wait for the end of a check.
    pub fn waiting(&self) -> usize {
        self.known().running.values().flatten().map(|running| running.told.receiver_count()).sum()
    }

    fn has_unheard(&self, key: &Key, now: UnixMillis) -> bool {
        self.known().unheard.iter().any(|unheard| unheard.key == *key && now < unheard.until)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    /// What is to be made.
    pub fn check(&self) -> CheckRequest {
        CheckRequest::clone(&self.check)
    }

    /// Tells whoever waits. Where nobody does, what may have been paid for is kept for whoever asks again.
    pub async fn ended(self, outcome: Outcome, now: UnixMillis) {
        let counts = outcome.as_ref().map_or_else(BackendError::is_final, |_| true);
        let mut digest = None;
        loop {
            if counts && digest.is_none() && self.told.receiver_count() == 0 {
                digest = Some(digest_of(Arc::clone(&self.check), ()).await);
            }
            // Nobody can come to wait as long as this is held.
            let mut known = self.checks.known();
            let unheard = counts && self.told.receiver_count() == 0;
            match digest {
                // The last of them has left in the meantime.
                None if unheard => continue,
                Some(digest) if unheard => {
                    let (key, outcome) = (self.key.clone(), outcome.clone());
                    let until = now.saturating_add(KEPT_MS);
                    known.unheard.push_back(Unheard { key, digest, outcome, until });
                    if known.unheard.len() > MOST_KEPT {
                        known.forget_one_of_whoever_has_most();
                    }
                }
                _ => {}
            }
            known.forget(&self.key, &self.told);
            self.told.send_replace(Some(outcome));
            return;
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.checks.known().forget(&self.key, &self.told);
    }
}

impl Known {
    fn forget_one_of_whoever_has_most(&mut self) {
        let mut of_each: HashMap<&TenantId, usize> = HashMap::new();
        for unheard in &self.unheard {
            *of_each.entry(&unheard.key.0).or_default() += 1;
        }
        let most = of_each.into_iter().max_by_key(|(_, count)| *count);
        let Some(most) = most.map(|(tenant, _)| tenant.clone()) else { return };
        let oldest = self.unheard.iter().position(|unheard| unheard.key.0 == most);
        if let Some(oldest) = oldest {
            self.unheard.remove(oldest);
        }
    }

    fn forget(&mut self, key: &Key, told: &Arc<watch::Sender<Option<Outcome>>>) {
        if let Some(of_this_id) = self.running.get_mut(key) {
            of_this_id.retain(|running| !Arc::ptr_eq(&running.told, told));
            if of_this_id.is_empty() {
                self.running.remove(key);
            }
        }
    }
}

/// Where checks are hashed, one after the other: there is seldom anything to compare one with.
static HASHING: LazyPool = LazyPool::new(|| Pool::new(1));

/// A hash of a check's pictures and of all that is said of them. `held` is kept until it is made, or given up.
async fn digest_of(check: Arc<CheckRequest>, held: impl Send + 'static) -> [u8; 32] {
    let elsewhere = Arc::clone(&check);
    let work = move || {
        let digest = hash(&elsewhere);
        drop(held);
        digest
    };
    match HASHING.get() {
        Ok(pool) => pool.run(work).await.unwrap_or_else(|_| hash(&check)),
        Err(_) => work(),
    }
}

fn hash(check: &CheckRequest) -> [u8; 32] {
    let CheckRequest {
        session_id,
        urgency: _,
        model,
        pictures,
        timestamps_ms,
        session_age_ms: _,
        fps,
        states_fps,
        source,
        warnings,
        bg_segmentation,
        device_intelligence,
    } = check;
    let device = device_intelligence.as_ref().map(Metadata::to_json);
    let said = format!(
        "{session_id} {model:?} {timestamps_ms:?} {fps:?} {states_fps} {source:?} {warnings:?} {bg_segmentation:?} {device:?}"
    );
    let (kind, files) = match pictures {
        Pictures::Crops(files) => ("crops", files),
        Pictures::CropTexts(files) => ("texts", files),
        Pictures::Frames(files) => ("frames", files),
    };
    let mut digest = Sha256::new();
    // Each with its length, so that no two checks are written alike.
    for part in
        [said.as_bytes(), kind.as_bytes()].into_iter().chain(files.iter().map(|file| &file[..]))
    {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: usize) -> CheckRequest {
        let session_id = Uuid::from_u128(id as u128);
        CheckRequest { session_id, ..CheckRequest::of_crops(Vec::new()) }
    }

    async fn find(checks: &DirectChecks, tenant: &TenantId, id: usize) -> Found {
        checks.find(tenant, check(id), &Arc::new(()), 0).await
    }

    /// Has a check end when nobody is there to hear.
    async fn end_unheard(checks: &DirectChecks, tenant: &TenantId, id: usize) {
        let Found::New(begun, awaited) = find(checks, tenant, id).await else { panic!("known") };
        drop(awaited);
        begun.ended(Err(BackendError::Lost), 0).await;
    }

    #[tokio::test]
    async fn a_tenant_pushes_out_no_outcome_but_its_own() {
        let checks = DirectChecks::default();
        let [few, many] = ["few", "many"].map(|name| name.parse::<TenantId>().unwrap());
        for id in 0..3 {
            end_unheard(&checks, &few, id).await;
        }
        for id in 0..MOST_KEPT {
            end_unheard(&checks, &many, id).await;
        }
        assert_eq!(checks.known().unheard.len(), MOST_KEPT);
        for id in 0..3 {
            assert!(matches!(find(&checks, &few, id).await, Found::Ended(_)), "{id}");
            assert!(matches!(find(&checks, &many, id).await, Found::New(..)), "the oldest: {id}");
            assert!(matches!(find(&checks, &many, MOST_KEPT - 1 - id).await, Found::Ended(_)));
        }
    }
}
