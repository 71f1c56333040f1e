//! What a session asks its driver to do.

use liveness_protocol::{CaptureWarning, Verdict};

use crate::{Aid, FaceBox, FailureCode, Guidance};

use super::State;

/// Something to do. The effects of one [`super::Session::handle`] call are to be carried out in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask for the camera, or open the file.
    RequestCamera,
    /// Start the worker and load the detector.
    LoadDetector,
    /// Get the server ready for a run.
    OpenTransport {
        /// The run.
        run: u32,
    },
    /// Let the worker analyse the newest frame, or the first one that is late enough. At most one
    /// analysis is outstanding.
    AnalyseNext {
        /// Skip frames with timestamps before this, except after a timestamp has gone backwards, which
        /// means a new clock.
        not_before_ms: Option<f64>,
    },
    /// Cut the crop from the frame just analysed; no other is under way.
    TakeCrop {
        /// The run.
        run: u32,
        /// The crop's index, from 0.
        index: u32,
        /// The frame's own timestamp.
        timestamp_ms: f64,
        /// The face, in pixels of the frame.
        face: FaceBox,
    },
    /// Send a crop that was taken. It may not be cut yet: the worker does things in order.
    UploadCrop {
        /// The run.
        run: u32,
        /// The crop's index.
        index: u32,
    },
    /// Drop a run: abort its requests, forget its crops. Its server session may serve the next run.
    AbortTransport {
        /// The run.
        run: u32,
    },
    /// All crops are acknowledged: ask for the verdict.
    Complete {
        /// The run.
        run: u32,
        /// How the capture went.
        report: CaptureReport,
    },
    /// The state changed.
    StateChanged(State),
    /// The instruction to show changed.
    GuidanceChanged(Guidance),
    /// What the person gets beside the instruction changed.
    AidChanged(Aid),
    /// Progress changed: 0 to 1, half for frames taken, half for crops acknowledged. It jumps to 1 at a verdict that
    /// spares the check its further steps.
    ProgressChanged(f64),
    /// Stop frames and the camera. Issued after the last crop was cut, unless further steps may need it, and again
    /// at every end, so it must be harmless when repeated.
    ReleaseCamera,
    /// The end: a verdict.
    Finish {
        /// What the server decided.
        verdict: Verdict,
    },
    /// The end: a failure.
    Fail(FailureCode),
    /// The end: cancelled.
    Cancelled,
}

impl Effect {
    /// Whether the session ends with it.
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Finish { .. } | Self::Fail(_) | Self::Cancelled)
    }
}

/// How a run's capture went.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptureReport {
    /// Mean rate of the taken frames by their own timestamps; 0 for a single frame.
    pub fps: f64,
    /// Standard deviation of their intervals in milliseconds.
    pub jitter_ms: f64,
    /// Each taken frame's timestamp, relative to the first.
    pub timestamps_ms: Vec<f64>,
    /// What the capture noticed.
    pub warnings: Vec<CaptureWarning>,
}
