//! Sessions in this process's memory: bounded in number, bytes and time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use liveness_protocol::SessionState;
use uuid::Uuid;

use super::SessionTerms;
use super::store::{Claim, CropStored, SessionStore, Snapshot, StoreError};
use crate::backend::CheckReply;
use crate::clock::UnixMillis;

/// What the store may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimits {
    /// Sessions that are open or being verified.
    pub max_sessions: usize,
    /// Bytes of crops over all sessions.
    pub max_bytes: usize,
    /// How long a verdict, or the fact that a session expired, can be read, in milliseconds.
    pub retention_ms: u64,
}

enum Stage {
    Open,
    Verifying,
    Decided { reply: Box<CheckReply>, at: UnixMillis },
    Expired,
}

struct Entry {
    terms: SessionTerms,
    crops: BTreeMap<u32, Bytes>,
    stage: Stage,
}

#[derive(Default)]
struct Sessions {
    entries: HashMap<Uuid, Entry>,
    bytes: usize,
}

/// The store for one gateway process.
pub struct MemoryStore {
    limits: MemoryLimits,
    sessions: Mutex<Sessions>,
}

impl Entry {
    /// Turns an open session whose time is over into an expired one; returns the bytes freed.
    fn age(&mut self, now: UnixMillis) -> usize {
        if matches!(self.stage, Stage::Open) && now >= self.terms.expires_at {
            self.stage = Stage::Expired;
            return self.forget_crops();
        }
        0
    }

    fn forget_crops(&mut self) -> usize {
        std::mem::take(&mut self.crops).values().map(Bytes::len).sum()
    }

    fn live(&self) -> bool {
        matches!(self.stage, Stage::Open | Stage::Verifying)
    }

    fn admits(&self, index: u32) -> Result<(), StoreError> {
        let frames_required = self.terms.frames_required;
        match self.stage {
            Stage::Open if index < frames_required => Ok(()),
            Stage::Open => Err(StoreError::IndexOutOfRange { index, frames_required }),
            Stage::Verifying | Stage::Decided { .. } => Err(StoreError::Closed),
            Stage::Expired => Err(StoreError::Expired),
        }
    }

    fn missing(&self) -> Vec<u32> {
        (0..self.terms.frames_required).filter(|index| !self.crops.contains_key(index)).collect()
    }
}

impl Sessions {
    fn entry(&mut self, id: Uuid, now: UnixMillis) -> Result<&mut Entry, StoreError> {
        let entry = self.entries.get_mut(&id).ok_or(StoreError::NotFound)?;
        self.bytes -= entry.age(now);
        Ok(entry)
    }

    fn sweep(&mut self, now: UnixMillis, retention_ms: u64) -> usize {
        let before = self.entries.len();
        let mut freed = 0;
        self.entries.retain(|_, entry| {
            freed += entry.age(now);
            match entry.stage {
                Stage::Open | Stage::Verifying => true,
                Stage::Decided { at, .. } => now < at.saturating_add(retention_ms),
                Stage::Expired => now < entry.terms.expires_at.saturating_add(retention_ms),
            }
        });
        self.bytes -= freed;
        before - self.entries.len()
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new(limits: MemoryLimits) -> Self {
        Self { limits, sessions: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        // No code panics while it holds the lock; were it so, the map itself is still sound.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(&self, terms: SessionTerms, now: UnixMillis) -> Result<(), StoreError> {
        let mut sessions = self.lock();
        if sessions.entries.values().filter(|entry| entry.live()).count()
            >= self.limits.max_sessions
        {
            sessions.sweep(now, self.limits.retention_ms);
            let live = sessions.entries.values().filter(|entry| entry.live()).count();
            if live >= self.limits.max_sessions {
                return Err(StoreError::Full);
            }
        }
        let entry = Entry { crops: BTreeMap::new(), stage: Stage::Open, terms };
        sessions.entries.insert(entry.terms.id, entry);
        Ok(())
    }

    async fn admits(&self, id: Uuid, index: u32, now: UnixMillis) -> Result<(), StoreError> {
        self.lock().entry(id, now)?.admits(index)
    }

    async fn put_crop(
        &self,
        id: Uuid,
        index: u32,
        png: Bytes,
        now: UnixMillis,
    ) -> Result<CropStored, StoreError> {
        let mut sessions = self.lock();
        let room = self.limits.max_bytes.saturating_sub(sessions.bytes);
        let size = png.len();
        let entry = sessions.entry(id, now)?;
        entry.admits(index)?;
        let new = match entry.crops.get(&index) {
            Some(known) if *known == png => false,
            Some(_) => return Err(StoreError::Conflict(index)),
            None if size > room => return Err(StoreError::Full),
            None => {
                entry.crops.insert(index, png);
                true
            }
        };
        let stored = CropStored {
            new,
            frames_received: entry.crops.len() as u32,
            frames_required: entry.terms.frames_required,
        };
        if new {
            sessions.bytes += size;
        }
        Ok(stored)
    }

    async fn claim(&self, id: Uuid, now: UnixMillis) -> Result<Claim, StoreError> {
        let mut sessions = self.lock();
        let entry = sessions.entry(id, now)?;
        match &entry.stage {
            Stage::Decided { reply, .. } => Ok(Claim::Decided(reply.clone())),
            Stage::Verifying => Ok(Claim::Running),
            Stage::Expired => Err(StoreError::Expired),
            Stage::Open => {
                let missing = entry.missing();
                if !missing.is_empty() {
                    return Err(StoreError::Missing(missing));
                }
                entry.stage = Stage::Verifying;
                let crops = entry.crops.values().cloned().collect();
                Ok(Claim::Granted { terms: entry.terms.clone(), crops })
            }
        }
    }

    async fn finish(&self, id: Uuid, reply: CheckReply, now: UnixMillis) -> Result<(), StoreError> {
        let mut sessions = self.lock();
        let entry = sessions.entry(id, now)?;
        if !matches!(entry.stage, Stage::Verifying) {
            return Err(StoreError::Closed);
        }
        entry.stage = Stage::Decided { reply: Box::new(reply), at: now };
        let freed = entry.forget_crops();
        sessions.bytes -= freed;
        Ok(())
    }

    async fn release(&self, id: Uuid) -> Result<(), StoreError> {
        let mut sessions = self.lock();
        let entry = sessions.entries.get_mut(&id).ok_or(StoreError::NotFound)?;
        if !matches!(entry.stage, Stage::Verifying) {
            return Err(StoreError::Closed);
        }
        entry.stage = Stage::Open;
        Ok(())
    }

    async fn get(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        let mut sessions = self.lock();
        let entry = sessions.entry(id, now)?;
        let (state, reply) = match &entry.stage {
            Stage::Open => (SessionState::Open, None),
            Stage::Verifying => (SessionState::Verifying, None),
            Stage::Decided { reply, .. } => (SessionState::Complete, Some(reply.clone())),
            Stage::Expired => (SessionState::Expired, None),
        };
        let received = match state {
            SessionState::Complete => (0..entry.terms.frames_required).collect(),
            _ => entry.crops.keys().copied().collect(),
        };
        Ok(Snapshot { terms: entry.terms.clone(), state, received, reply })
    }

    async fn sweep(&self, now: UnixMillis) -> Result<usize, StoreError> {
        Ok(self.lock().sweep(now, self.limits.retention_ms))
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
