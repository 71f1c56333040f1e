//! A session's settings.

use liveness_protocol::Decimal;

use crate::{
    Escalation,
    quality::{Cause, GATES, Gate},
};

/// Where frames come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SourceKind {
    /// A live camera.
    #[default]
    Camera,
    /// A video file.
    Media,
}

impl From<SourceKind> for liveness_protocol::Source {
    fn from(kind: SourceKind) -> Self {
        match kind {
            SourceKind::Camera => Self::Live,
            SourceKind::Media => Self::Media,
        }
    }
}

/// Settings of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionConfig {
    /// Frames to take per second, 1 to 30.
    pub target_fps: f64,
    /// Camera or file.
    pub source: SourceKind,
    /// Longest wait for the camera to be allowed, and then again, up to a minute, for its first picture; or for the file to open.
    pub camera_timeout_ms: f64,
    /// Longest wait for the detector, counted from the start; enforced once the camera is ready.
    pub loading_timeout_ms: f64,
    /// Total time in positioning and capturing. A run under way at its end may still finish.
    pub positioning_timeout_ms: f64,
    /// Positioning without a run that gets any farther, after which advice goes beyond the instruction.
    pub help_after_ms: f64,
    /// Longest wait for the next frame, or for the last crops to be cut.
    pub stall_timeout_ms: f64,
    /// Longest wait for the next acknowledgement after the last crop was cut.
    pub upload_timeout_ms: f64,
    /// Longest wait for the verdict.
    pub verify_timeout_ms: f64,
    /// Total time the page may be hidden before the last crop is cut, and again after it; while the verdict is awaited no less
    /// than that may take.
    pub hidden_timeout_ms: f64,
    /// Total time the camera may be muted, or the preview may wait for a tap, before the last frame is taken.
    pub source_pause_timeout_ms: f64,
    /// Gap between two taken frames that breaks the run; `None`: 3 intervals plus 250 ms, or what two frames a second need.
    pub max_gap_ms: Option<f64>,
    /// How many good frames in a row start a run; the last of them is the run's first.
    pub settle_frames: u32,
    /// Whether the person does something else meanwhile: nobody is told how to get into place or to hold still.
    pub background: bool,
    /// When a verdict is not the last.
    pub escalation: Escalation,
    /// When a frame is good enough.
    pub gates: &'static [Gate],
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            target_fps: 10.0,
            source: SourceKind::Camera,
            camera_timeout_ms: PROMPT_TIMEOUT_MS,
            loading_timeout_ms: 30_000.0,
            positioning_timeout_ms: 60_000.0,
            help_after_ms: 10_000.0,
            stall_timeout_ms: 8_000.0,
            upload_timeout_ms: 60_000.0,
            verify_timeout_ms: 60_000.0,
            hidden_timeout_ms: 120_000.0,
            source_pause_timeout_ms: PROMPT_TIMEOUT_MS,
            max_gap_ms: None,
            settle_frames: 3,
            background: false,
            escalation: Escalation::default(),
            gates: GATES,
        }
    }
}

/// The longest duration a setting may have, in milliseconds: a browser's timer cannot wait longer.
pub const MAX_DURATION_MS: f64 = 2_147_483_647.0;

/// More crops than any model needs: a server that asks for more is broken.
pub const MAX_FRAMES: u32 = 1_000;
/// The smallest useful camera: its longer and its shorter side in pixels.
pub const MIN_CAMERA_SIDES: (u32, u32) = (480, 360);
/// The longest gap of a camera of two frames a second, which is enough for a verdict whatever rate is asked for.
const TWO_A_SECOND_MS: f64 = 550.0;
/// The lowest and the highest `target_fps`.
pub const TARGET_FPS: std::ops::RangeInclusive<f64> = 1.0..=30.0;

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// `target_fps` outside 1..=30.
    #[error("target_fps must be from 1 to 30, not {}", Decimal(*.0))]
    TargetFps(f64),
    /// A duration that is not positive, or longer than [`MAX_DURATION_MS`].
    #[error("{name} must be from 0 (exclusive) to {} milliseconds, not {}", Decimal(MAX_DURATION_MS), Decimal(*.value))]
    Duration {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// `max_gap_ms` below the interval of `target_fps`: no run could ever get past its first frame.
    #[error("max_gap_ms must be longer than a frame's interval of {} ms, not {}", Decimal(*.interval_ms), Decimal(*.value))]
    MaxGap {
        /// Its value.
        value: f64,
        /// 1000 / `target_fps`.
        interval_ms: f64,
    },
    /// `settle_frames` is 0.
    #[error("settle_frames must be at least 1")]
    SettleFrames,
    /// A band of borderline scores that holds none, or a further step without frames.
    #[error("escalation needs a band of scores from 0 to 100, and frames in every step")]
    Escalation,
    /// A gate's bound is not finite, stricter while capturing than before, or leaves no value that another gate allows.
    #[error("the bound of {} must be finite, no stricter while capturing than before, and not contradict another's", .0.as_str())]
    Gate(Cause),
}

/// How long a permission prompt, a tap or the end of a call is waited for: nobody is warned of the end or can extend it, and a
/// screen reader or a switch may take minutes to get there.
const PROMPT_TIMEOUT_MS: f64 = 600_000.0;
/// How long a camera may be on without a picture, which is waited for no longer than the prompt.
pub(crate) const DARK_TIMEOUT_MS: f64 = 60_000.0;
/// How long a video file may take to open, which waits for nobody.
const FILE_TIMEOUT_MS: f64 = 60_000.0;
/// How long a check in the background waits for its pictures: it cannot ask for them.
pub const BACKGROUND_TIMEOUT_MS: f64 = 600_000.0;

impl SessionConfig {
    /// The same for a video file.
    pub fn of_a_file(self) -> Self {
        Self { source: SourceKind::Media, camera_timeout_ms: FILE_TIMEOUT_MS, ..self }
    }

    /// The same in the background, with more time.
    pub fn in_background(self) -> Self {
        Self {
            background: true,
            positioning_timeout_ms: BACKGROUND_TIMEOUT_MS,
            hidden_timeout_ms: BACKGROUND_TIMEOUT_MS,
            ..self
        }
    }

    /// Milliseconds between two frames at `target_fps`.
    pub fn interval_ms(&self) -> f64 {
        1000.0 / self.target_fps
    }

    /// The gap that breaks a run, in milliseconds.
    pub fn effective_max_gap_ms(&self) -> f64 {
        self.max_gap_ms.unwrap_or((3.0 * self.interval_ms() + 250.0).max(TWO_A_SECOND_MS))
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if !TARGET_FPS.contains(&self.target_fps) {
            return Err(ConfigError::TargetFps(self.target_fps));
        }
        let durations = [
            ("camera_timeout_ms", self.camera_timeout_ms),
            ("loading_timeout_ms", self.loading_timeout_ms),
            ("positioning_timeout_ms", self.positioning_timeout_ms),
            ("help_after_ms", self.help_after_ms),
            ("stall_timeout_ms", self.stall_timeout_ms),
            ("upload_timeout_ms", self.upload_timeout_ms),
            ("verify_timeout_ms", self.verify_timeout_ms),
            ("hidden_timeout_ms", self.hidden_timeout_ms),
            ("source_pause_timeout_ms", self.source_pause_timeout_ms),
            ("max_gap_ms", self.effective_max_gap_ms()),
        ];
        for (name, value) in durations {
            // Written so that NaN fails.
            if !(value > 0.0 && value <= MAX_DURATION_MS) {
                return Err(ConfigError::Duration { name, value });
            }
        }
        let (value, interval_ms) = (self.effective_max_gap_ms(), self.interval_ms());
        if value <= interval_ms {
            return Err(ConfigError::MaxGap { value, interval_ms });
        }
        if self.settle_frames == 0 {
            return Err(ConfigError::SettleFrames);
        }
        if !self.escalation.makes_sense() {
            return Err(ConfigError::Escalation);
        }
        let contradicted = |gate: &Gate| {
            let same = |other: &&Gate| other.measure == gate.measure;
            self.gates.iter().filter(same).any(|other| gate.bound.contradicts(other.bound))
        };
        let is_wrong = |gate: &&Gate| !gate.bound.makes_sense() || contradicted(gate);
        match self.gates.iter().find(is_wrong) {
            Some(gate) => Err(ConfigError::Gate(gate.cause)),
            None => Ok(()),
        }
    }
}
