//! The sessions of a store in memory, and their sums.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::entry::{Class, Entry};
use super::{StoreError, StoreLimits};
use crate::domain::audit::Deed;
use crate::domain::clock::UnixMillis;
use crate::domain::session::Sharer;

/// A session.
pub struct Kept {
    /// As the rules have it.
    pub entry: Entry,
    /// Its place in its class's queue.
    number: u64,
}

/// All sessions, and what they cost together.
#[derive(Default)]
pub struct Sessions {
    /// By id.
    pub kept: HashMap<Uuid, Kept>,
    /// For each class its sessions in the order in which they came to it, and their bytes.
    pub classes: [(BTreeMap<u64, Uuid>, usize); Class::COUNT],
    next: u64,
    /// What is to be added to the audit log.
    pub deeds: Vec<Deed>,
}

impl Sessions {
    pub fn count(&self, class: Class) -> usize {
        self.classes[class as usize].0.len()
    }

    pub fn bytes(&self, class: Class) -> usize {
        self.classes[class as usize].1
    }

    pub fn insert(&mut self, id: Uuid, entry: Entry) {
        let (class, bytes) = entry.cost();
        let number = self.next;
        self.next += 1;
        let (queue, total) = &mut self.classes[class as usize];
        queue.insert(number, id);
        *total += bytes;
        self.kept.insert(id, Kept { entry, number });
    }

    pub fn remove(&mut self, id: Uuid) -> Option<Entry> {
        let Kept { entry, number } = self.kept.remove(&id)?;
        let (class, bytes) = entry.cost();
        let (queue, total) = &mut self.classes[class as usize];
        queue.remove(&number);
        *total -= bytes;
        Some(entry)
    }

    pub fn oldest(&self, class: Class) -> Option<Uuid> {
        self.classes[class as usize].0.values().next().copied()
    }

    /// Up to `limit` of those without a crop, in the order in which they go: each time the oldest of whoever has most of them, and
    /// nobody's only one while anybody has more. Those that keys have opened stay while they are no more than half of all.
    pub fn first_empty(&self, limit: usize) -> Vec<Uuid> {
        let empty = &self.classes[Class::Empty as usize].0;
        let mut sharers: HashMap<Option<&Sharer>, usize> = HashMap::new();
        let has_key = |sharer: Option<&Sharer>| sharer.is_some_and(Sharer::has_key);
        let (mut of_keys, mut ranked) = (0, Vec::with_capacity(empty.len()));
        for id in empty.values().rev() {
            let sharer = self.kept[id].entry.terms.sharer.as_ref();
            of_keys += usize::from(has_key(sharer));
            // How many its sharer has with this one and later ones.
            let rank = sharers.entry(sharer).or_default();
            *rank += 1;
            ranked.push((*rank, has_key(sharer), *id));
        }
        let of_keys_go = 2 * of_keys > empty.len();
        ranked.retain(|(_, of_key, _)| *of_key == of_keys_go);
        // The oldest first, also of those of one rank.
        ranked.reverse();
        ranked.sort_by_key(|(rank, ..)| Reverse(*rank));
        let lowest = ranked.first().map_or(0, |(rank, ..)| *rank).min(2);
        let first = ranked.into_iter().filter(|(rank, ..)| *rank >= lowest).take(limit);
        first.map(|(_, _, id)| id).collect()
    }

    pub fn remove_oldest(&mut self, class: Class) {
        if let Some(id) = self.oldest(class) {
            self.remove(id);
        }
    }

    /// Every change of an entry goes through here, so that the totals stay right.
    pub fn change<T>(
        &mut self,
        id: Uuid,
        change: impl FnOnce(&mut Entry) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.kept.get_mut(&id).ok_or(StoreError::NotFound)?;
        let (class_before, bytes_before) = kept.entry.cost();
        let ended_before = kept.entry.has_ended();
        let result = change(&mut kept.entry);
        self.deeds.extend(kept.entry.deed_of_its_end(ended_before));
        let (class, bytes) = kept.entry.cost();
        self.classes[class_before as usize].1 -= bytes_before;
        self.classes[class as usize].1 += bytes;
        if class != class_before {
            self.classes[class_before as usize].0.remove(&kept.number);
            kept.number = self.next;
            self.next += 1;
            self.classes[class as usize].0.insert(kept.number, id);
        }
        result
    }

    /// The same for a session whose time may be over.
    pub fn change_at<T>(
        &mut self,
        id: Uuid,
        now: UnixMillis,
        change: impl FnOnce(&mut Entry) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.change(id, |entry| {
            entry.age(now);
            change(entry)
        })
    }

    /// The bytes there are for the session's crops, if there is a place for it or it has one.
    pub fn room(&self, id: Uuid, limits: StoreLimits) -> Result<usize, StoreError> {
        let Kept { entry, .. } = self.kept.get(&id).ok_or(StoreError::NotFound)?;
        let all = (self.count(Class::Holding), self.bytes(Class::Holding));
        let mut own = (0, 0);
        if let Some(sharer) = &entry.terms.sharer
            && limits.are_near(all)
        {
            let holding = self.classes[Class::Holding as usize].0.values();
            let entries = holding.map(|id| &self.kept[id].entry);
            for entry in entries.filter(|entry| entry.terms.sharer.as_ref() == Some(sharer)) {
                own = (own.0 + 1, own.1 + entry.cost().1);
            }
        }
        entry.room(limits.left(own, all))
    }

    /// Expires the sessions of this class whose time is over.
    pub fn age(&mut self, class: Class, now: UnixMillis) {
        let ids: Vec<Uuid> = self.classes[class as usize].0.values().copied().collect();
        for id in ids {
            // Cannot fail: it is there.
            self.change_at(id, now, |_| Ok(())).ok();
        }
    }
}
