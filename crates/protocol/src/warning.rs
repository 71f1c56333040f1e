//! What a capture noticed: codes with parameters on our own wire, the API's English text for each.

use serde::{Deserialize, Serialize};

/// Something about a capture that the verdict's reader should know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CaptureWarning {
    /// Fewer frames a second than asked for.
    LowFrameRate {
        /// Measured frames a second.
        fps: f64,
        /// What was asked for.
        target_fps: f64,
    },
    /// The frames came unevenly.
    UnevenFrames {
        /// Standard deviation of their intervals in milliseconds.
        jitter_ms: f64,
    },
    /// The capture was interrupted and began anew.
    Interrupted {
        /// How often, 1 or more.
        times: u32,
    },
}

impl CaptureWarning {
    /// The text for the API's `warnings`.
    pub fn text(&self) -> String {
        match *self {
            Self::LowFrameRate { fps, target_fps } => {
                format!("Frame rate was {fps:.1} FPS instead of {target_fps:.1} FPS")
            }
            Self::UnevenFrames { jitter_ms } => {
                format!("Frame intervals varied by {jitter_ms:.0} ms")
            }
            Self::Interrupted { times } => {
                let times = if times == 1 { "once" } else { "several times" };
                format!("The capture was interrupted {times}")
            }
        }
    }
}

/// A warning as a client of the session protocol may send it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SessionWarning {
    /// One of our codes.
    Code(CaptureWarning),
    /// A text, as the API's own endpoints take it.
    Text(String),
    /// A code of a newer client; dropped.
    Unknown(serde_json::Value),
}

impl SessionWarning {
    /// The text for the API's `warnings`; `None` for a code that is not known.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Code(warning) => Some(warning.text()),
            Self::Text(text) => Some(text.clone()),
            Self::Unknown(_) => None,
        }
    }
}

impl From<CaptureWarning> for SessionWarning {
    fn from(warning: CaptureWarning) -> Self {
        Self::Code(warning)
    }
}
