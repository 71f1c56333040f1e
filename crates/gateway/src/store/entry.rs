//! One session's rules: which crops it takes, when it is decided, what it costs to keep.

use std::collections::BTreeMap;

use liveness_protocol::{ErrorCode, SessionState};

use super::{Claim, CropKey, CropStored, Lease, Picture, Snapshot, StoreError, Ticket};
use crate::domain::audit::Deed;
use crate::domain::check::CheckReply;
use crate::domain::clock::UnixMillis;
use crate::domain::models;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::tenants::{TenantChange, TenantId};

/// About what an entry takes in memory besides its crops and its verdict.
const OVERHEAD: usize = 1024;

/// How long a session can still be completed after a check that was not made, cut off or given back; but not beyond
/// [`SessionTerms::extendable_to`], when its token has ended.
pub const REOPENED_MS: u64 = 60_000;

/// Where a session stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Takes crops.
    Open,
    /// Somebody runs the check, and has this time for it.
    Verifying {
        /// When the claim lapses.
        until: UnixMillis,
        /// Whether a check whose outcome is unknown must not be made again.
        paid: bool,
    },
    /// The verdict stands.
    Decided {
        /// The verdict.
        reply: Box<CheckReply>,
        /// The length as JSON of the verdict and what is kept with it.
        bytes: usize,
        /// Since when.
        at: UnixMillis,
    },
    /// No verdict, and there will be none.
    Failed {
        /// Why.
        code: ErrorCode,
        /// Since when.
        at: UnixMillis,
    },
    /// Out of time.
    Expired,
}

impl Stage {
    /// A verdict that stands since `at`.
    pub fn decided(reply: CheckReply, at: UnixMillis) -> Self {
        // What cannot be written has no length to count; `OVERHEAD` is counted all the same.
        let json = serde_json::to_vec(&reply.verdict).map_or(0, |json| json.len());
        let bytes = json + size_of_val(&*reply.frames);
        Self::Decided { reply: Box::new(reply), bytes, at }
    }
}

/// A crop as an entry holds it: itself, or what a store on disk knows of it without reading it.
pub trait Held {
    /// What is held of a picture.
    fn of(picture: Picture) -> Self;

    /// What it counts for; see [`Picture::bytes`].
    fn bytes(&self) -> usize;

    /// Whether it is the same file.
    fn is(&self, picture: &Picture) -> bool;
}

impl Held for Picture {
    fn of(picture: Picture) -> Self {
        picture
    }

    fn bytes(&self) -> usize {
        Self::bytes(self)
    }

    fn is(&self, picture: &Picture) -> bool {
        self.file == picture.file
    }
}

/// How a store counts a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Open, without a crop.
    Empty,
    /// Undecided, with crops.
    Holding,
    /// Decided, or failed for good.
    Settled,
    /// Out of time without a verdict.
    Expired,
}

impl Class {
    /// How many there are.
    pub const COUNT: usize = 4;
}

/// A session and its crops.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<H = Picture> {
    /// What was agreed on.
    pub terms: SessionTerms,
    /// The run its crops are of.
    pub run: u32,
    /// The crops by index.
    pub crops: BTreeMap<u32, H>,
    /// Where it stands.
    pub stage: Stage,
    /// How many claims have been granted; the last one's number is its ticket.
    pub claims: u32,
    /// How many of these have lapsed before anybody decided.
    pub lapses: u32,
}

impl<H: Held> Entry<H> {
    /// A session without a crop.
    pub fn new(terms: SessionTerms) -> Self {
        Self { terms, run: 0, crops: BTreeMap::new(), stage: Stage::Open, claims: 0, lapses: 0 }
    }

    /// Its class, and the bytes it takes: of a holding session those of its crops.
    pub fn cost(&self) -> (Class, usize) {
        let SessionTerms { reference, metadata, .. } = &self.terms;
        let metadata = metadata.as_ref().map_or(0, |metadata| metadata.to_json().len());
        let overhead = OVERHEAD + reference.as_ref().map_or(0, String::len) + metadata;
        match &self.stage {
            Stage::Open if self.crops.is_empty() => (Class::Empty, overhead),
            Stage::Open | Stage::Verifying { .. } => {
                (Class::Holding, self.crops.values().map(H::bytes).sum())
            }
            Stage::Decided { bytes, .. } => (Class::Settled, overhead + bytes),
            Stage::Failed { .. } => (Class::Settled, overhead),
            Stage::Expired => (Class::Expired, overhead),
        }
    }

    /// The bytes that are left for its crops, if it has a place or one is left.
    pub fn room(&self, (sessions, bytes): super::limits::Held) -> Result<usize, StoreError> {
        let has_place = self.cost().0 != Class::Empty;
        if has_place || sessions > 0 { Ok(bytes) } else { Err(StoreError::Full) }
    }

    /// Ends what has a time and is out of it: an open session expires. The check of a lapsed claim was cut
    /// off: it can be made again, unless it may have been paid for.
    pub fn age(&mut self, now: UnixMillis) {
        match self.stage {
            Stage::Verifying { until, paid: true } if now >= until => {
                self.stage = Stage::Failed { code: ErrorCode::VerdictLost, at: now };
                self.crops.clear();
            }
            Stage::Verifying { until, paid: false } if now >= until => {
                // A video has no token to outlast.
                let latest =
                    if self.is_video() { UnixMillis::MAX } else { self.terms.extendable_to };
                self.reopen(until, latest);
                self.lapses += 1;
            }
            _ => {}
        }
        if matches!(self.stage, Stage::Open) && now >= self.terms.expires_at {
            self.stage = Stage::Expired;
            self.crops.clear();
        }
    }

    /// Open again after a check that was not made, which ended at `ended`: whoever has sent all crops in time has time to ask
    /// again.
    fn reopen(&mut self, ended: UnixMillis, latest: UnixMillis) {
        self.stage = Stage::Open;
        let expires_at = ended.saturating_add(REOPENED_MS).min(latest);
        self.terms.expires_at = self.terms.expires_at.max(expires_at);
    }

    const fn is_video(&self) -> bool {
        matches!(self.terms.kind, PictureKind::Video(_))
    }

    /// Ends a claim whose holder is known to be gone.
    pub fn abandon(&mut self, now: UnixMillis) {
        if let Stage::Verifying { until, .. } = &mut self.stage {
            *until = now;
        }
        self.age(now);
    }

    /// When its time ends, or since when it has ended.
    pub const fn turns_at(&self) -> UnixMillis {
        match self.stage {
            Stage::Open | Stage::Expired => self.terms.expires_at,
            Stage::Verifying { until, .. } => until,
            Stage::Decided { at, .. } | Stage::Failed { at, .. } => at,
        }
    }

    /// Whether its check has ended, with a verdict or for good without one.
    pub const fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Decided { .. } | Stage::Failed { .. })
    }

    /// What the audit log says of the end of its check, if that has come since it was looked at.
    pub fn deed_of_its_end(&self, ended_before: bool) -> Option<Deed> {
        let asked = || self.terms.asked();
        match &self.stage {
            _ if ended_before => None,
            Stage::Decided { reply, at, .. } => Some(Deed::verdict_decided(&asked(), reply, *at)),
            Stage::Failed { code, at } => Some(Deed::check_failed(&asked(), *code, *at)),
            _ => None,
        }
    }

    /// Whether it has ended and its retention is over.
    pub fn is_over(&self, now: UnixMillis, retention_ms: u64) -> bool {
        let ended = !matches!(self.stage, Stage::Open | Stage::Verifying { .. });
        ended && now >= self.turns_at().saturating_add(retention_ms)
    }

    /// Whether a crop would be taken here, as far as can be said without seeing it.
    pub fn admits(&self, key: CropKey) -> Result<(), StoreError> {
        let frames_required = self.terms.frames_required;
        match self.stage {
            Stage::Open if key.index >= frames_required => {
                Err(StoreError::IndexOutOfRange { index: key.index, frames_required })
            }
            Stage::Open if key.run < self.run => Err(StoreError::Superseded { by: self.run }),
            Stage::Open => Ok(()),
            Stage::Verifying { .. } | Stage::Decided { .. } | Stage::Failed { .. } => {
                Err(StoreError::Closed)
            }
            Stage::Expired => Err(StoreError::Expired),
        }
    }

    /// Takes a crop for which there are `room` bytes, besides those that it may replace: the first crop
    /// of a higher run drops all others.
    pub fn put(
        &mut self,
        key: CropKey,
        picture: Picture,
        room: usize,
    ) -> Result<CropStored, StoreError> {
        self.admits(key)?;
        let replaces = key.run > self.run;
        let freed = if replaces { self.crops.values().map(H::bytes).sum() } else { 0 };
        let known = if replaces { None } else { self.crops.get(&key.index) };
        let new = match known {
            Some(known) if known.is(&picture) => false,
            Some(_) => return Err(StoreError::Conflict(key.index)),
            None if picture.bytes() > room.saturating_add(freed) => return Err(StoreError::Full),
            None => true,
        };
        if replaces {
            self.crops.clear();
            self.run = key.run;
        }
        self.crops.entry(key.index).or_insert_with(|| H::of(picture));
        Ok(CropStored {
            new,
            frames_received: self.crops.len() as u32,
            frames_required: self.terms.frames_required,
        })
    }

    /// Gives the right to decide on the crops of `run`, to one caller at a time. `read` fetches the pictures
    /// of the crops, by index.
    pub fn claim<E: From<StoreError>>(
        &mut self,
        run: u32,
        lease: Lease,
        now: UnixMillis,
        read: impl FnOnce(&BTreeMap<u32, H>) -> Result<Vec<Picture>, E>,
    ) -> Result<Claim, E> {
        match &self.stage {
            Stage::Decided { reply, .. } => Ok(Claim::Decided(reply.clone())),
            Stage::Failed { code, .. } => Ok(Claim::Failed(*code)),
            Stage::Verifying { .. } => Ok(Claim::Running),
            Stage::Expired => Err(StoreError::Expired.into()),
            Stage::Open => {
                let missing = |index: &u32| run != self.run || !self.crops.contains_key(index);
                let missing: Vec<u32> = (0..self.terms.frames_required).filter(missing).collect();
                if !missing.is_empty() {
                    return Err(StoreError::Missing(missing).into());
                }
                let pictures = match self.terms.kind {
                    PictureKind::Video(_) => Vec::new(),
                    PictureKind::Crops | PictureKind::Frames => read(&self.crops)?,
                };
                let until = now.saturating_add(lease.ms);
                self.stage = Stage::Verifying { until, paid: lease.paid };
                self.claims += 1;
                let ticket = Ticket(self.claims);
                let (terms, lapses) = (Box::new(self.terms.clone()), self.lapses);
                Ok(Claim::Granted { ticket, terms, pictures, lapses })
            }
        }
    }

    /// Lets a granted claim hold anew.
    pub fn extend(
        &mut self,
        ticket: Ticket,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.require_claimed(ticket)?;
        let until = now.saturating_add(lease.ms);
        self.stage = Stage::Verifying { until, paid: lease.paid };
        Ok(())
    }

    /// Whether it is a video that is there as a whole, and undecided.
    pub fn is_waiting_video(&self) -> bool {
        let undecided = matches!(self.stage, Stage::Open | Stage::Verifying { .. });
        let whole = self.crops.len() == self.terms.frames_required as usize;
        undecided && whole && self.is_video()
    }

    /// What this verdict of the check that runs costs, and whom, where it has to be paid for.
    pub fn charge(&self, reply: &CheckReply) -> Option<(TenantId, TenantChange)> {
        let paid = matches!(self.stage, Stage::Verifying { paid: true, .. });
        (paid && !reply.is_unasked()).then(|| {
            let credits = models::credits(&self.terms.choice);
            (self.terms.tenant.clone(), TenantChange::Charge(credits))
        })
    }

    /// Keeps the verdict of a granted claim, and forgets the crops.
    pub fn finish(
        &mut self,
        ticket: Ticket,
        reply: CheckReply,
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.require_claimed(ticket)?;
        self.stage = Stage::decided(reply, at);
        self.crops.clear();
        Ok(())
    }

    /// Keeps that the check of a granted claim failed for good, and forgets the crops.
    pub fn fail(
        &mut self,
        ticket: Ticket,
        code: ErrorCode,
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.require_claimed(ticket)?;
        self.stage = Stage::Failed { code, at };
        self.crops.clear();
        Ok(())
    }

    /// Gives a granted claim back.
    pub fn release(&mut self, ticket: Ticket, now: UnixMillis) -> Result<(), StoreError> {
        self.require_claimed(ticket)?;
        // Nobody has to ask for a video again: it waits for its hour, however often it is given back.
        let latest = if self.is_video() { 0 } else { self.terms.extendable_to };
        self.reopen(now, latest);
        Ok(())
    }

    /// Marks the verdict as used, which can be done once. A session without one stays as it is.
    pub fn use_verdict(&mut self, at: UnixMillis) -> Result<(), StoreError> {
        let Stage::Decided { reply, .. } = &mut self.stage else { return Ok(()) };
        match reply.used_at.replace(at) {
            None => Ok(()),
            first => {
                reply.used_at = first;
                Err(StoreError::Used)
            }
        }
    }

    /// Whether the claim of this ticket is the one that holds.
    pub fn require_claimed(&self, ticket: Ticket) -> Result<(), StoreError> {
        let claimed =
            matches!(self.stage, Stage::Verifying { .. }) && ticket == Ticket(self.claims);
        if claimed { Ok(()) } else { Err(StoreError::Closed) }
    }

    /// Whether the session may be given back.
    pub fn may_be_discarded(&self) -> Result<(), StoreError> {
        match self.stage {
            Stage::Open => Ok(()),
            Stage::Expired => Err(StoreError::Expired),
            Stage::Verifying { .. } | Stage::Decided { .. } | Stage::Failed { .. } => {
                Err(StoreError::Closed)
            }
        }
    }

    /// What it looks like now.
    pub fn snapshot(&self) -> Snapshot {
        let (state, reply, failure) = match &self.stage {
            Stage::Open => (SessionState::Open, None, None),
            Stage::Verifying { .. } => (SessionState::Verifying, None, None),
            Stage::Decided { reply, .. } => (SessionState::Complete, Some(reply.clone()), None),
            Stage::Failed { code, .. } => (SessionState::Failed, None, Some(*code)),
            Stage::Expired => (SessionState::Expired, None, None),
        };
        let received = match self.stage {
            // The crops are gone, but all of them had come.
            Stage::Decided { .. } | Stage::Failed { .. } => {
                (0..self.terms.frames_required).collect()
            }
            _ => self.crops.keys().copied().collect(),
        };
        let ended = !matches!(self.stage, Stage::Open | Stage::Verifying { .. });
        let ended_at = ended.then(|| self.turns_at());
        let terms = self.terms.clone();
        Snapshot { terms, state, run: self.run, received, reply, failure, ended_at }
    }
}
