//! Sessions in this process's memory: bounded in number, bytes and time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use liveness_protocol::ErrorCode;
use uuid::Uuid;

use super::entries::MemoryAudit;
use super::entry::{Class, Entry};
use super::held::Sessions;
use super::seen::Seen;
use super::{
    AuditStore as _, Claim, CropKey, CropStored, Forgotten, Lease, Picture, SessionStore, Snapshot,
    StoreError, StoreLimits, Ticket, WaitingVideo,
};
use crate::domain::audit::{By, Deed};
use crate::domain::check::CheckReply;
use crate::domain::clock::UnixMillis;
use crate::domain::keys::KeyRecord;
use crate::domain::pictures::print::Print;
use crate::domain::session::SessionTerms;
use crate::domain::tenants::TenantRecord;

/// The store for one gateway process.
pub struct MemoryStore {
    limits: StoreLimits,
    sessions: Mutex<Sessions>,
    keys: Mutex<Vec<KeyRecord>>,
    tenants: Mutex<Vec<TenantRecord>>,
    seen: Mutex<Seen>,
    audit: Mutex<MemoryAudit>,
    forgotten: Forgotten,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(limits: StoreLimits) -> Self {
        Self {
            limits,
            sessions: Mutex::default(),
            keys: Mutex::default(),
            tenants: Mutex::default(),
            seen: Mutex::new(Seen::new(limits.max_prints)),
            audit: Mutex::default(),
            forgotten: Forgotten::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // No code panics while it holds the lock; if one did, the map itself would still be sound.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys, in the order in which they were made.
    pub(super) fn lock_keys(&self) -> MutexGuard<'_, Vec<KeyRecord>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tenants, in the order in which they were made.
    pub(super) fn lock_tenants(&self) -> MutexGuard<'_, Vec<TenantRecord>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Taken after any other lock of this store.
    pub(super) fn lock_audit(&self) -> MutexGuard<'_, MemoryAudit> {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn limits(&self) -> StoreLimits {
        self.limits
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work`, then forgets the oldest of the ended sessions that exceed their bounds.
    fn locked<T>(&self, work: impl FnOnce(&mut Sessions) -> T) -> T {
        let mut sessions = self.lock();
        let result = work(&mut sessions);
        while sessions.count(Class::Expired) > self.limits.max_empty {
            sessions.remove_oldest(Class::Expired);
        }
        while sessions.bytes(Class::Settled) > self.limits.max_result_bytes {
            self.forgotten.note(1);
            sessions.remove_oldest(Class::Settled);
        }
        let deeds = std::mem::take(&mut sessions.deeds);
        if !deeds.is_empty() {
            let mut audit = self.lock_audit();
            deeds.iter().for_each(|deed| audit.append(deed));
        }
        result
    }

    fn with<T>(
        &self,
        id: Uuid,
        now: UnixMillis,
        change: impl FnOnce(&mut Entry) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.locked(|sessions| sessions.change_at(id, now, change))
    }

    /// Runs what needs room; if there is none, expires sessions whose time is over and runs it again.
    fn with_room<T>(
        &self,
        now: UnixMillis,
        mut attempt: impl FnMut(&mut Sessions) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.locked(|sessions| match attempt(sessions) {
            Err(StoreError::Full) => {
                sessions.age(Class::Holding, now);
                attempt(sessions)
            }
            done => done,
        })
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(
        &self,
        terms: SessionTerms,
        by: Option<By>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.locked(|sessions| {
            if sessions.change(terms.id, |_| Ok(())).is_ok() {
                return Err(StoreError::Exists);
            }
            let to_go = self.limits.empty_to_go(sessions.count(Class::Empty) + 1);
            if to_go > 0 {
                for id in sessions.first_empty(to_go) {
                    // It goes, unless its time is over anyway.
                    let class = sessions.change_at(id, now, |entry| Ok(entry.cost().0))?;
                    if class == Class::Empty {
                        sessions.remove(id);
                    }
                }
            }
            sessions.deeds.extend(by.map(|by| Deed::session_opened(&terms, by)));
            sessions.insert(terms.id, Entry::new(terms));
            Ok(())
        })
    }

    async fn admits(&self, id: Uuid, key: CropKey, now: UnixMillis) -> Result<(), StoreError> {
        self.with_room(now, |sessions| {
            sessions.change_at(id, now, |entry| entry.admits(key))?;
            sessions.room(id, self.limits).map(drop)
        })
    }

    async fn put_crop(
        &self,
        id: Uuid,
        key: CropKey,
        picture: Picture,
        now: UnixMillis,
    ) -> Result<CropStored, StoreError> {
        self.with_room(now, |sessions| {
            sessions.change_at(id, now, |entry| entry.admits(key))?;
            let room = sessions.room(id, self.limits)?;
            sessions.change(id, |entry| entry.put(key, picture.clone(), room))
        })
    }

    async fn claim(
        &self,
        id: Uuid,
        run: u32,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<Claim, StoreError> {
        self.with(id, now, |entry| {
            entry.claim(run, lease, now, |crops| Ok(crops.values().cloned().collect()))
        })
    }

    async fn finish(
        &self,
        id: Uuid,
        ticket: Ticket,
        reply: CheckReply,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.locked(|sessions| {
            let charge = sessions.change(id, |entry| {
                let charge = entry.charge(&reply);
                entry.finish(ticket, reply, now)?;
                Ok(charge)
            })?;
            if let Some((id, charge)) = charge {
                let mut tenants = self.lock_tenants();
                let tenant = tenants.iter_mut().find(|tenant| tenant.id == id);
                tenant.into_iter().for_each(|tenant| tenant.apply(charge.clone()));
            }
            Ok(())
        })
    }

    async fn fail(
        &self,
        id: Uuid,
        ticket: Ticket,
        code: ErrorCode,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.locked(|sessions| sessions.change(id, |entry| entry.fail(ticket, code, now)))
    }

    async fn release(&self, id: Uuid, ticket: Ticket, now: UnixMillis) -> Result<(), StoreError> {
        self.lock().change(id, |entry| entry.release(ticket, now))
    }

    async fn extend(
        &self,
        id: Uuid,
        ticket: Ticket,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.lock().change(id, |entry| entry.extend(ticket, lease, now))
    }

    async fn videos(&self, limit: usize) -> Result<Vec<WaitingVideo>, StoreError> {
        let sessions = self.lock();
        let holding = sessions.classes[Class::Holding as usize].0.values();
        let entries = holding.map(|id| &sessions.kept[id].entry);
        let videos = entries.filter(|entry| entry.is_waiting_video()).take(limit);
        Ok(videos
            .map(|entry| WaitingVideo { id: entry.terms.id, tenant: entry.terms.tenant.clone() })
            .collect())
    }

    async fn picture(&self, id: Uuid, index: u32) -> Result<Option<Bytes>, StoreError> {
        let sessions = self.lock();
        let crops = sessions.kept.get(&id).map(|kept| &kept.entry.crops);
        Ok(crops.and_then(|crops| Some(crops.get(&index)?.file.clone())))
    }

    async fn discard(&self, id: Uuid, now: UnixMillis) -> Result<(), StoreError> {
        self.locked(|sessions| {
            sessions.change_at(id, now, |entry| entry.may_be_discarded())?;
            sessions.remove(id);
            Ok(())
        })
    }

    async fn get(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        self.with(id, now, |entry| Ok(entry.snapshot()))
    }

    async fn use_verdict(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        self.with(id, now, |entry| {
            entry.use_verdict(now)?;
            Ok(entry.snapshot())
        })
    }

    async fn remember(
        &self,
        id: Uuid,
        prints: Vec<Print>,
        since: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<Print>, StoreError> {
        Ok(self.seen().remember(id, &prints, since, now))
    }

    async fn take_back(
        &self,
        id: Uuid,
        ticket: Ticket,
        prints: Vec<Print>,
        since: UnixMillis,
    ) -> Result<(), StoreError> {
        self.lock().change(id, |entry| {
            entry.require_claimed(ticket)?;
            self.seen().take_back(id, &prints, since);
            Ok(())
        })
    }

    async fn sweep(&self, now: UnixMillis) -> Result<usize, StoreError> {
        if let Some(until) = now.checked_sub(self.limits.prints_ms) {
            self.seen().forget(until);
        }
        self.trim_audit(now).await?;
        self.forgotten.say();
        let retention_ms = self.limits.retention_ms;
        Ok(self.locked(|sessions| {
            sessions.age(Class::Empty, now);
            sessions.age(Class::Holding, now);
            let kept = sessions.kept.iter();
            let over = kept.filter(|(_, kept)| kept.entry.is_over(now, retention_ms));
            let over: Vec<Uuid> = over.map(|(id, _)| *id).collect();
            over.iter().for_each(|id| drop(sessions.remove(*id)));
            over.len()
        }))
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
