//! Which frames to take: at the asked rate, on the frames' own timestamps.

use crate::CaptureReport;

/// A frame may come early by a quarter of the interval, but never by more than this: half the
/// interval of a 30 FPS camera, less some jitter.
const MAX_TOLERANCE_MS: f64 = 15.0;
/// Cameras' clocks round; a run may be shorter than asked by this much in all.
const ROUNDING_MS: f64 = 0.05;

/// Paces one run.
///
/// Frames are due on a grid. Each may come a little early, so that a jittery 30 FPS camera gives
/// every third frame at a target of 10 and every frame at 30; earliness does not add up, because
/// the grid does not move with it. A late frame moves the grid, so a delay is never caught up
/// faster than asked. The last frame is not taken early: the mean rate of a run stays at or below
/// the target.
#[derive(Debug, Clone)]
pub struct Pacer {
    interval_ms: f64,
    frames: u32,
    due_ms: f64,
    taken: Vec<f64>,
}

impl Pacer {
    /// For `frames` frames, `interval_ms` apart.
    pub fn new(interval_ms: f64, frames: u32) -> Self {
        Self { interval_ms, frames, due_ms: f64::NEG_INFINITY, taken: Vec::new() }
    }

    /// Whether the frame at `timestamp_ms` is to be taken. Never once all are.
    pub fn is_due(&self, timestamp_ms: f64) -> bool {
        let index = self.taken.len();
        if index >= self.frames as usize {
            return false;
        }
        let Some(first) = self.taken.first() else { return true };
        if index + 1 == self.frames as usize {
            let earliest = first + index as f64 * self.interval_ms - ROUNDING_MS;
            if timestamp_ms < earliest {
                return false;
            }
        }
        timestamp_ms >= self.due_ms - (self.interval_ms / 4.0).min(MAX_TOLERANCE_MS)
    }

    /// Notes that the frame at `timestamp_ms` was taken, and gives its index.
    pub fn take(&mut self, timestamp_ms: f64) -> u32 {
        self.due_ms = self.due_ms.max(timestamp_ms) + self.interval_ms;
        self.taken.push(timestamp_ms);
        self.taken.len() as u32 - 1
    }

    /// How many frames were taken.
    pub fn taken(&self) -> u32 {
        self.taken.len() as u32
    }

    /// Whether all were taken.
    pub fn is_complete(&self) -> bool {
        self.taken() >= self.frames
    }

    /// Timestamp of the last frame taken.
    pub fn last_ms(&self) -> Option<f64> {
        self.taken.last().copied()
    }

    /// Rate, jitter and timestamps of what was taken; warnings where they are off.
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
            report
                .warnings
                .push(format!("Frame rate was {:.1} FPS instead of {target:.1} FPS", report.fps));
        }
        if report.jitter_ms > 0.5 * self.interval_ms {
            report.warnings.push(format!("Frame intervals varied by {:.0} ms", report.jitter_ms));
        }
        report
    }
}
