//! Which crops may be uploaded yet, and whether they will arrive in time.

/// Acknowledgements needed to estimate how long the rest will take.
const OBSERVED: u32 = 4;

/// Uploading the crops of a run that breaks is wasted. So after a broken run, crops are held back until
/// their run has got farther than the longest broken one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hold {
    longest_broken: u32,
    sent: u32,
}

impl Hold {
    /// A run of `taken` crops broke.
    pub(super) fn broke(&mut self, taken: u32) {
        self.longest_broken = self.longest_broken.max(taken);
        self.sent = 0;
    }

    /// The indices to upload now that `taken` crops have been taken.
    pub(super) fn release(&mut self, taken: u32, all: bool) -> std::ops::Range<u32> {
        if !all && taken <= self.longest_broken {
            return 0..0;
        }
        std::mem::replace(&mut self.sent, taken)..taken
    }
}

/// How fast crops are acknowledged once the capture is over. The longest gap is left out: it may be an outage that
/// is over, and on a line that is slow it is no longer than the others.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    last_ms: f64,
    /// All gaps but the longest, and that one.
    others_ms: f64,
    longest_ms: f64,
    acknowledged: u32,
}

impl Pace {
    pub(super) fn begin(now_ms: f64) -> Self {
        Self { last_ms: now_ms, ..Self::default() }
    }

    pub(super) fn acknowledge(&mut self, now_ms: f64) {
        let gap_ms = now_ms - self.last_ms;
        self.others_ms += gap_ms.min(self.longest_ms);
        self.longest_ms = self.longest_ms.max(gap_ms);
        self.last_ms = now_ms;
        self.acknowledged += 1;
    }

    /// Whatever has not arrived until now was frozen.
    pub(super) fn thaw(&mut self, now_ms: f64) {
        self.last_ms = now_ms;
    }

    /// Whether anything has arrived.
    pub(super) const fn moves(&self) -> bool {
        self.acknowledged > 0
    }

    /// How much longer the `left` crops will take, in milliseconds; `None` until enough is known.
    pub(super) fn rest_ms(&self, left: usize) -> Option<f64> {
        let each_ms = self.others_ms / f64::from(self.acknowledged.saturating_sub(1));
        (self.acknowledged >= OBSERVED).then_some(each_ms * left as f64)
    }
}
