//! The events a session handles.

use liveness_protocol::Verdict;

use crate::{FailureCode, FrameAnalysis};

/// Why a camera that is still open sends no pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourcePause {
    /// The browser or the system has muted its track: a call, a closed lid, another page.
    Muted,
    /// The browser does not play the element until the person has done something.
    PlayRefused,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The person pressed Start.
    Start,
    /// There is a camera, allowed and turned on, which has yet to show a picture.
    CameraOpened,
    /// Frames flow from the camera, or the file can be played.
    CameraReady {
        /// Frame width in pixels.
        width: u32,
        /// Frame height in pixels.
        height: u32,
    },
    /// The camera or the file cannot be used.
    CameraFailed(FailureCode),
    /// The worker can analyse frames.
    DetectorReady,
    /// The worker could not be loaded.
    DetectorFailed(FailureCode),
    /// The server is ready to take a run's crops.
    TransportOpened {
        /// The run.
        run: u32,
        /// How many crops it needs.
        frames_required: u32,
        /// How long it accepts crops, in milliseconds from now; infinite if there is no limit.
        expires_in_ms: f64,
    },
    /// Opening, uploading or completing failed for good, after the transport's own retries.
    TransportFailed {
        /// The run.
        run: u32,
        /// Why.
        code: FailureCode,
    },
    /// The server, or something before it, wants a run's request to be made again later.
    RequestDelayed {
        /// The run.
        run: u32,
        /// What it said.
        code: FailureCode,
    },
    /// The answer to [`super::Effect::AnalyseNext`].
    FrameAnalysed(FrameAnalysis),
    /// The answer to [`super::Effect::TakeCrop`].
    CropCut {
        /// The run.
        run: u32,
        /// The crop's index.
        index: u32,
    },
    /// The server has a crop.
    UploadAcknowledged {
        /// The run.
        run: u32,
        /// The crop's index.
        index: u32,
    },
    /// The server decided.
    VerdictReceived {
        /// The run.
        run: u32,
        /// The verdict.
        verdict: Verdict,
        /// Its score, 0 to 100.
        score: f64,
    },
    /// The page went into the background.
    PageHidden,
    /// The page came back.
    PageVisible,
    /// The camera sends no pictures for a reason that may pass.
    SourcePaused(SourcePause),
    /// That reason has passed.
    SourceResumed(SourcePause),
    /// The browser puts noise into what the page reads from a canvas.
    PicturesNoised,
    /// By its label the camera is a program.
    CameraIsVirtual,
    /// The camera's track has ended, or the file has no frame left to answer [`super::Effect::AnalyseNext`] with.
    SourceEnded,
    /// The worker died.
    EngineFailed(FailureCode),
    /// The person wants more time for getting into place.
    Extend,
    /// Time has passed; send it at [`super::Session::next_deadline_ms`].
    Tick,
    /// The person or the page cancelled.
    Cancel,
}
