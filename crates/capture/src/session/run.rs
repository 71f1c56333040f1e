//! One consecutive run of crops.

use crate::{
    CaptureReport, FailureCode,
    config::MAX_FRAMES,
    pacing::{Pacer, Spacing},
};

/// A run: opened once, filled crop by crop, dropped as a whole when it breaks.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Its number.
    pub(super) id: u32,
    /// Whether its transport was requested and not aborted.
    pub(super) requested: bool,
    /// Why a request is made again later; `None` once one has been answered as it should.
    pub(super) delayed: Option<FailureCode>,
    pacer: Option<Pacer>,
    cut: Vec<bool>,
    acknowledged: Vec<bool>,
}

impl Run {
    pub(super) const fn new(id: u32) -> Self {
        Self {
            id,
            requested: false,
            delayed: None,
            pacer: None,
            cut: Vec::new(),
            acknowledged: Vec::new(),
        }
    }

    /// Whether `run` is this run and it is under way.
    pub(super) const fn is(&self, run: u32) -> bool {
        self.requested && self.id == run
    }

    /// How many crops it is to have; 0 before that is known.
    pub(super) fn frames(&self) -> u32 {
        self.cut.len() as u32
    }

    /// The server needs `frames_required` crops. Returns `false` if that number makes no sense.
    pub(super) fn open(&mut self, frames_required: u32, interval_ms: f64) -> bool {
        if !(1..=MAX_FRAMES).contains(&frames_required) {
            return false;
        }
        self.delayed = None;
        self.pacer = Some(Pacer::new(interval_ms, frames_required));
        self.cut = vec![false; frames_required as usize];
        self.acknowledged = vec![false; frames_required as usize];
        true
    }

    pub(super) const fn is_open(&self) -> bool {
        self.pacer.is_some()
    }

    /// Offers a usable frame. Returns its index if it is to be taken.
    pub(super) fn offer(&mut self, timestamp_ms: f64, spacing: Spacing) -> Option<u32> {
        self.pacer.as_mut()?.offer(timestamp_ms, spacing)
    }

    /// The timestamp before which no frame will be taken.
    pub(super) fn wanted_from_ms(&self, spacing: Spacing) -> Option<f64> {
        self.pacer.as_ref()?.wanted_from_ms(spacing)
    }

    pub(super) fn taken(&self) -> u32 {
        self.pacer.as_ref().map_or(0, Pacer::taken)
    }

    pub(super) fn last_ms(&self) -> Option<f64> {
        self.pacer.as_ref().and_then(Pacer::last_ms)
    }

    pub(super) fn all_taken(&self) -> bool {
        self.pacer.as_ref().is_some_and(Pacer::is_complete)
    }

    /// Notes that a crop was cut. Returns `false` if it was not taken or is already known to be cut.
    pub(super) fn mark_cut(&mut self, index: u32) -> bool {
        index < self.taken() && mark(&mut self.cut, index)
    }

    pub(super) fn all_cut(&self) -> bool {
        self.all_taken() && self.cut.iter().all(|&cut| cut)
    }

    /// Notes that the transport has a crop, perhaps before it is cut. Returns `false` if it was not taken or is
    /// already acknowledged.
    pub(super) fn mark_acknowledged(&mut self, index: u32) -> bool {
        self.delayed = None;
        index < self.taken() && mark(&mut self.acknowledged, index)
    }

    pub(super) fn all_acknowledged(&self) -> bool {
        self.all_cut() && self.acknowledged.iter().all(|&acknowledged| acknowledged)
    }

    /// Crops not yet acknowledged.
    pub(super) fn missing(&self) -> usize {
        self.acknowledged.iter().filter(|&&acknowledged| !acknowledged).count()
    }

    /// Frames taken and crops acknowledged, together.
    pub(super) fn done(&self) -> u32 {
        self.taken() + (self.acknowledged.len() - self.missing()) as u32
    }

    pub(super) fn report(&self) -> Option<CaptureReport> {
        self.pacer.as_ref().map(Pacer::report)
    }
}

fn mark(flags: &mut [bool], index: u32) -> bool {
    match flags.get_mut(index as usize) {
        Some(flag) if !*flag => {
            *flag = true;
            true
        }
        _ => false,
    }
}
