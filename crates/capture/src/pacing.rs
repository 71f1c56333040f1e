//! Which frames to take: at the target rate, by the frames' own timestamps.

use liveness_protocol::CaptureWarning;

use crate::CaptureReport;

/// Cameras' clocks round: a run may be shorter than asked by this much in total.
const ROUNDING_MS: f64 = 0.05;

/// Paces one run.
///
/// Frames are due on a grid, and the one nearest to its place is taken, up to a quarter of an
/// interval early or late. So a jittery 30 FPS camera gives every third frame at a target of 10
/// and every frame at 30, without early frames adding up. A frame that is later than that moves the
/// grid: a delay is never caught up. The last frame is not taken early, so the mean rate of a
/// run never exceeds the target.
#[derive(Debug, Clone)]
pub struct Pacer {
    interval_ms: f64,
    frames: u32,
    due_ms: f64,
    taken: Vec<f64>,
}

/// The spacing of a source's frames, if known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spacing(Option<f64>);

impl Spacing {
    /// For a source whose frames are known to be `ms` apart.
    pub const fn of(ms: f64) -> Self {
        Self(Some(ms))
    }

    /// Two consecutive frames were `gap_ms` apart.
    pub fn observe(&mut self, gap_ms: f64) {
        // Cameras' clocks jitter: average over a few frames, weighting the newest most.
        self.0 = Some(self.0.map_or(gap_ms, |known| known + (gap_ms - known) / 4.0));
    }
}

impl Pacer {
    /// Takes `frames` frames, `interval_ms` apart.
    pub fn new(interval_ms: f64, frames: u32) -> Self {
        Self { interval_ms, frames, due_ms: 0.0, taken: Vec::new() }
    }

    /// Offers the frame at `timestamp_ms`, later than all before it, from a source with that `spacing`.
    /// Returns its index if it is to be taken.
    pub fn offer(&mut self, timestamp_ms: f64, spacing: Spacing) -> Option<u32> {
        if self.is_complete() {
            return None;
        }
        if self.taken.is_empty() {
            self.due_ms = timestamp_ms;
        }
        if !self.is_due(timestamp_ms, spacing) {
            return None;
        }
        let late_ms = timestamp_ms - self.due_ms;
        self.due_ms = self.interval_ms
            + if late_ms > self.tolerance_ms() { timestamp_ms } else { self.due_ms };
        self.taken.push(timestamp_ms);
        Some(self.taken() - 1)
    }

    fn is_due(&self, timestamp_ms: f64, spacing: Spacing) -> bool {
        self.wanted_from_ms(spacing).is_none_or(|from_ms| timestamp_ms >= from_ms)
    }

    /// The first frame from this time on will be taken; `None`: the next one will be.
    pub fn wanted_from_ms(&self, spacing: Spacing) -> Option<f64> {
        let (first, last) = (self.taken.first()?, self.taken.last()?);
        let index = self.taken();
        let tolerance_ms = self.tolerance_ms();
        // Take it early only if the next frame would be even further from the due time.
        let early_ms = spacing.0.map_or(tolerance_ms, |ms| tolerance_ms.min(0.45 * ms));
        let nearest_ms = self.due_ms - early_ms;
        let apart_ms = last + self.interval_ms - tolerance_ms - ROUNDING_MS;
        let mean_ms = if index + 1 == self.frames {
            first + f64::from(index) * self.interval_ms - ROUNDING_MS
        } else {
            f64::MIN
        };
        Some(nearest_ms.max(apart_ms).max(mean_ms))
    }

    fn tolerance_ms(&self) -> f64 {
        self.interval_ms / 4.0
    }

    /// How many frames were taken.
    pub fn taken(&self) -> u32 {
        self.taken.len() as u32
    }

    /// Whether all frames were taken.
    pub fn is_complete(&self) -> bool {
        self.taken() >= self.frames
    }

    /// Timestamp of the last frame taken.
    pub fn last_ms(&self) -> Option<f64> {
        self.taken.last().copied()
    }

    /// Rate, jitter and timestamps of the frames taken, with warnings if they are off.
    pub fn report(&self) -> CaptureReport {
        let first = self.taken.first().copied().unwrap_or(0.0);
        let timestamps_ms: Vec<f64> = self.taken.iter().map(|t| t - first).collect();
        let intervals: Vec<f64> = timestamps_ms.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mut report =
            CaptureReport { fps: 0.0, jitter_ms: 0.0, timestamps_ms, warnings: Vec::new() };
        if intervals.is_empty() {
            return report;
        }
        let count = intervals.len() as f64;
        let mean = intervals.iter().sum::<f64>() / count;
        let variance = intervals.iter().map(|i| (i - mean).powi(2)).sum::<f64>() / count;
        report.fps = 1000.0 / mean;
        report.jitter_ms = variance.sqrt();
        let target = 1000.0 / self.interval_ms;
        if report.fps < 0.8 * target {
            let warning = CaptureWarning::LowFrameRate { fps: report.fps, target_fps: target };
            report.warnings.push(warning);
        }
        if report.jitter_ms > 0.5 * self.interval_ms {
            let jitter_ms = report.jitter_ms;
            report.warnings.push(CaptureWarning::UnevenFrames { jitter_ms });
        }
        report
    }
}
