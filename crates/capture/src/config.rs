//! A session's settings.

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

/// A limit with hysteresis: `enter` must be met before a run starts, `exit` throughout the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The stricter value, while positioning.
    pub enter: f64,
    /// The looser value, while capturing.
    pub exit: f64,
}

impl Limit {
    /// Makes a limit of its two values.
    pub const fn new(enter: f64, exit: f64) -> Self {
        Self { enter, exit }
    }
}

/// What makes a face good enough. All sizes are fractions, so they hold at any resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct FramingLimits {
    /// Lowest detector score.
    pub min_score: Limit,
    /// Smallest face area as a fraction of the frame's area.
    pub min_area: Limit,
    /// Largest face area as a fraction of the frame's area.
    pub max_area: Limit,
    /// Farthest face centre from the frame's centre, as a fraction of half the width.
    pub max_offset_x: Limit,
    /// Farthest face centre from the frame's centre, as a fraction of half the height.
    pub max_offset_y: Limit,
    /// Smallest distance from the box to each edge as a fraction of that side; if negative, the box
    /// may extend that far outside.
    pub min_margin: Limit,
    /// The score from which a second face counts.
    pub other_face_score: f64,
    /// The area from which a second face counts, as a fraction of the main face's.
    pub other_face_area: f64,
}

impl Default for FramingLimits {
    /// Chosen for the boxes of BlazeFace short-range, which are square and reach from brow to chin.
    /// Measured on the test footage (640x480): usable faces fill 4.2 to 19.5 % of the frame, those
    /// too far away below 3 %, those too close 30 % and more; usable ones are off the centre by at
    /// most 0.25 across and 0.27 down, the one at the frame's left quarter by more than 0.28. The
    /// official packages refuse below 3.6 % and ask for 5 to 20 %.
    fn default() -> Self {
        Self {
            min_score: Limit::new(0.6, 0.5),
            min_area: Limit::new(0.033, 0.027),
            max_area: Limit::new(0.24, 0.28),
            max_offset_x: Limit::new(0.28, 0.34),
            max_offset_y: Limit::new(0.32, 0.40),
            min_margin: Limit::new(0.02, 0.0),
            other_face_score: 0.5,
            other_face_area: 0.1,
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
    /// Whether the preview is mirrored; frames never are. See [`crate::quality`] for the consequences.
    pub mirrored: bool,
    /// Longest wait for the camera, permission prompt included.
    pub camera_timeout_ms: f64,
    /// Longest wait for the detector, counted from the start; enforced once the camera is ready.
    pub loading_timeout_ms: f64,
    /// Total time in positioning and capturing. A run under way at its end may still finish.
    pub positioning_timeout_ms: f64,
    /// Longest wait for the next frame, or for the last crops to be cut.
    pub stall_timeout_ms: f64,
    /// Longest wait for the next acknowledgement after the last crop was cut.
    pub upload_timeout_ms: f64,
    /// Longest wait for the verdict.
    pub verify_timeout_ms: f64,
    /// Total time the page may be hidden before the last crop is cut.
    pub hidden_timeout_ms: f64,
    /// Gap between two taken frames that breaks the run; `None`: 3 intervals plus 250 ms.
    pub max_gap_ms: Option<f64>,
    /// How many good frames in a row start a run; the last of them is the run's first.
    pub settle_frames: u32,
    /// When a face is good enough.
    pub framing: FramingLimits,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            target_fps: 10.0,
            source: SourceKind::Camera,
            mirrored: true,
            camera_timeout_ms: 60_000.0,
            loading_timeout_ms: 30_000.0,
            positioning_timeout_ms: 60_000.0,
            stall_timeout_ms: 8_000.0,
            upload_timeout_ms: 60_000.0,
            verify_timeout_ms: 60_000.0,
            hidden_timeout_ms: 120_000.0,
            max_gap_ms: None,
            settle_frames: 3,
            framing: FramingLimits::default(),
        }
    }
}

/// The longest duration a setting may have, in milliseconds: a browser's timer cannot wait longer.
pub const MAX_DURATION_MS: f64 = 2_147_483_647.0;
/// The lowest and the highest `target_fps`.
pub const TARGET_FPS: std::ops::RangeInclusive<f64> = 1.0..=30.0;

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// `target_fps` outside 1..=30.
    #[error("target_fps must be from 1 to 30, not {0}")]
    TargetFps(f64),
    /// A duration that is not positive, or longer than [`MAX_DURATION_MS`].
    #[error("{name} must be from 0 (exclusive) to {MAX_DURATION_MS} milliseconds, not {value}")]
    Duration {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// `max_gap_ms` below the interval of `target_fps`: no run could ever get past its first frame.
    #[error("max_gap_ms must be longer than a frame's interval of {interval_ms} ms, not {value}")]
    MaxGap {
        /// Its value.
        value: f64,
        /// 1000 / `target_fps`.
        interval_ms: f64,
    },
    /// `settle_frames` is 0.
    #[error("settle_frames must be at least 1")]
    SettleFrames,
    /// A framing limit is not finite, or stricter on exit than on entry.
    #[error("framing limit {0} must be finite, and no stricter while capturing than before")]
    Framing(&'static str),
}

impl SessionConfig {
    /// Milliseconds between two frames at `target_fps`.
    pub fn interval_ms(&self) -> f64 {
        1000.0 / self.target_fps
    }

    /// The gap that breaks a run, in milliseconds.
    pub fn effective_max_gap_ms(&self) -> f64 {
        self.max_gap_ms.unwrap_or(3.0 * self.interval_ms() + 250.0)
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
            ("stall_timeout_ms", self.stall_timeout_ms),
            ("upload_timeout_ms", self.upload_timeout_ms),
            ("verify_timeout_ms", self.verify_timeout_ms),
            ("hidden_timeout_ms", self.hidden_timeout_ms),
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
        self.framing.validate()
    }
}

impl FramingLimits {
    fn validate(&self) -> Result<(), ConfigError> {
        let at_least = [
            ("min_score", self.min_score),
            ("min_area", self.min_area),
            ("min_margin", self.min_margin),
        ];
        let at_most = [
            ("max_area", self.max_area),
            ("max_offset_x", self.max_offset_x),
            ("max_offset_y", self.max_offset_y),
        ];
        let finite = |limit: &Limit| limit.enter.is_finite() && limit.exit.is_finite();
        for (name, limit) in at_least {
            if !finite(&limit) || limit.exit > limit.enter {
                return Err(ConfigError::Framing(name));
            }
        }
        for (name, limit) in at_most {
            if !finite(&limit) || limit.exit < limit.enter {
                return Err(ConfigError::Framing(name));
            }
        }
        if self.min_area.enter >= self.max_area.enter {
            return Err(ConfigError::Framing("max_area"));
        }
        for (name, value) in
            [("other_face_score", self.other_face_score), ("other_face_area", self.other_face_area)]
        {
            if !value.is_finite() {
                return Err(ConfigError::Framing(name));
            }
        }
        Ok(())
    }
}
