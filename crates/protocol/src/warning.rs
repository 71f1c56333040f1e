//! Capture warnings: codes with parameters in our own protocol, and an English text of each for the API.

use serde::{Deserialize, Deserializer, Serialize};

use crate::Decimal;

/// Something about a capture that readers of the verdict should know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(
        description = "A code with its parameters, which the API is told as an English sentence; a code that is not known is dropped."
    )
)]
#[serde(tag = "code", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum CaptureWarning {
    /// Fewer frames per second than asked for.
    LowFrameRate {
        /// Measured frames per second.
        fps: f64,
        /// Frames per second asked for.
        target_fps: f64,
    },
    /// The frames came unevenly.
    UnevenFrames {
        /// Standard deviation of their intervals in milliseconds.
        jitter_ms: f64,
    },
    /// The capture was interrupted and started over.
    Interrupted {
        /// How often, 1 or more.
        times: u32,
    },
    /// The face was dark.
    LowLight,
    /// The face was too bright.
    Overexposed,
    /// The light came from behind.
    Backlight,
    /// The face was off the middle of the picture.
    FaceNotCentered,
    /// Something reflected before the eyes.
    Glasses,
    /// The face was not sharp.
    Blurred,
    /// The picture had no colour: an infrared camera's, for example.
    NoColor,
    /// The picture did not change.
    PictureFrozen,
    /// The browser has put noise into the picture, against fingerprinting.
    PictureNoised,
    /// By its label the camera is a program. A label proves nothing, neither this nor its absence anything else.
    VirtualCamera,
}

impl CaptureWarning {
    /// The text for the API's `warnings`.
    pub fn text(&self) -> String {
        match *self {
            Self::LowFrameRate { fps, target_fps } => {
                let [fps, target_fps] = [fps, target_fps].map(Decimal);
                format!("Frame rate was {fps:.1} FPS instead of {target_fps:.1} FPS")
            }
            Self::UnevenFrames { jitter_ms } => {
                format!("Frame intervals varied by {:.0} ms", Decimal(jitter_ms))
            }
            Self::Interrupted { times } => {
                let times = if times == 1 { "once" } else { "several times" };
                format!("The capture was interrupted {times}")
            }
            // Low light and the face off the middle are the documentation's, glasses the official packages' text.
            Self::LowLight => "Low light detected".to_owned(),
            Self::Overexposed => "Face too bright".to_owned(),
            Self::Backlight => "Light from behind".to_owned(),
            Self::FaceNotCentered => "Face not centered".to_owned(),
            Self::Glasses => "User was wearing glasses".to_owned(),
            Self::Blurred => "Face not sharp".to_owned(),
            Self::NoColor => "Picture without color".to_owned(),
            Self::PictureFrozen => "Picture did not change".to_owned(),
            Self::PictureNoised => "Picture altered by the browser".to_owned(),
            Self::VirtualCamera => "Virtual camera, by its label".to_owned(),
        }
    }
}

/// A warning as a client of the session protocol may send it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SessionWarning {
    /// One of our codes.
    Code(CaptureWarning),
    /// A text, as the API's own endpoints accept.
    Text(String),
    /// A newer client's code, which is dropped.
    Unknown,
}

/// By hand: a derived one reads a list as a code and its parameters.
impl<'de> Deserialize<'de> for SessionWarning {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if let serde_json::Value::String(text) = value {
            return Ok(Self::Text(text));
        }
        let code = value.is_object().then(|| CaptureWarning::deserialize(&value));
        Ok(match code {
            Some(Ok(warning)) => Self::Code(warning),
            _ => Self::Unknown,
        })
    }
}

/// By hand as well: what is read is more than what is written.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for SessionWarning {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SessionWarning".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A text, or one of our codes; whatever else is dropped, so that a newer client's codes do no harm.",
            "anyOf": [
                { "type": "string", "maxLength": 500 },
                generator.subschema_for::<CaptureWarning>(),
                true,
            ],
        })
    }
}

impl SessionWarning {
    /// The text for the API's `warnings`; `None` for an unknown code.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Code(warning) => Some(warning.text()),
            Self::Text(text) => Some(text.clone()),
            Self::Unknown => None,
        }
    }
}

impl From<CaptureWarning> for SessionWarning {
    fn from(warning: CaptureWarning) -> Self {
        Self::Code(warning)
    }
}
