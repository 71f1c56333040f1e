//! How sessions are written in either database: what is common to their rows.

use bytes::Bytes;
use liveness_protocol::{ErrorCode, Source};

use super::Picture;
use super::entry::{Entry, Held, Stage};
use crate::domain::clock::UnixMillis;
use crate::domain::metadata::Metadata;
use crate::domain::mode::Mode;
use crate::domain::origins::Origins;
use crate::domain::runner::{DEADLINE, token_grace_ms};
use crate::domain::session::PictureKind;
use crate::domain::video::format::VideoFormat;

/// A row does not say what it should; names the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt(pub &'static str);

/// A crop of which only the size is known, unless it is the one that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    bytes: usize,
    /// Its file, where that has been read.
    pub file: Option<Bytes>,
}

impl Known {
    /// A crop that counts for this many bytes.
    pub const fn of_size(bytes: usize) -> Self {
        Self { bytes, file: None }
    }
}

impl Held for Known {
    fn of(picture: Picture) -> Self {
        Self { bytes: picture.bytes(), file: Some(picture.file) }
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn is(&self, picture: &Picture) -> bool {
        self.file.as_ref() == Some(&picture.file)
    }
}

/// Databases' integers end where no time of ours does.
pub fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The same for a number of bytes or of rows.
pub fn size(value: usize) -> i64 {
    integer(value as u64)
}

/// A number that cannot be negative, as a database has it.
///
/// # Errors
/// When it is negative or too large all the same.
pub fn unsigned<T: TryFrom<i64>>(value: i64) -> Result<T, Corrupt> {
    T::try_from(value).map_err(|_| Corrupt("a number"))
}

/// How late `expires_at` may come to be. A session that a gateway of an earlier version has opened has no word of it (0), and a token
/// that ended with it: it gets what this one gives.
///
/// # Errors
/// When it is no time.
pub fn extendable_to(kept: i64, expires_at: UnixMillis) -> Result<UnixMillis, Corrupt> {
    let kept = unsigned(kept)?;
    let given = expires_at.saturating_add(token_grace_ms(DEADLINE));
    Ok(if kept < expires_at { given } else { kept })
}

/// How a kind is written.
pub const fn kind_name(kind: PictureKind) -> &'static str {
    match kind {
        PictureKind::Crops => "crops",
        // The column is older than videos, and takes no third word: `video` says it.
        PictureKind::Frames | PictureKind::Video(_) => "frames",
    }
}

/// How a video's format is written; nothing for pictures.
pub const fn video_name(kind: PictureKind) -> Option<&'static str> {
    match kind {
        PictureKind::Video(format) => Some(format.as_str()),
        PictureKind::Crops | PictureKind::Frames => None,
    }
}

/// The kind that is written so.
///
/// # Errors
/// When no kind is.
pub fn kind_of(name: &str, video: Option<&str>) -> Result<PictureKind, Corrupt> {
    if let Some(video) = video {
        let format = VideoFormat::ALL.into_iter().find(|format| format.as_str() == video);
        return format.map(PictureKind::Video).ok_or(Corrupt("a video"));
    }
    match name {
        "crops" => Ok(PictureKind::Crops),
        "frames" => Ok(PictureKind::Frames),
        _ => Err(Corrupt("a kind")),
    }
}

/// How a source is written.
pub const fn source_name(source: Source) -> &'static str {
    match source {
        Source::Media => "media",
        Source::Live => "live",
    }
}

/// The source that is written so.
///
/// # Errors
/// When no source is.
pub fn source_of(name: &str) -> Result<Source, Corrupt> {
    match name {
        "media" => Ok(Source::Media),
        "live" => Ok(Source::Live),
        _ => Err(Corrupt("a source")),
    }
}

/// The metadata that is written so.
///
/// # Errors
/// When it cannot be read.
pub fn metadata_of(json: Option<&str>) -> Result<Option<Metadata>, Corrupt> {
    json.map(Metadata::kept).transpose().map_err(|_| Corrupt("metadata"))
}

/// The origins that are written so.
///
/// # Errors
/// When one of them is not an origin.
pub fn origins_of(text: &str) -> Result<Origins, Corrupt> {
    let texts: Vec<&str> = text.split_ascii_whitespace().collect();
    Origins::parse(&texts).map_err(|_| Corrupt("an origin"))
}

/// The mode that is written so.
///
/// # Errors
/// When no mode is.
pub fn mode_of(name: Option<&str>) -> Result<Option<Mode>, Corrupt> {
    name.map(|name| Mode::named(name).ok_or(Corrupt("a mode"))).transpose()
}

/// How a stage is written.
pub struct StageColumns {
    /// Its name.
    pub stage: String,
    /// When its time ends, or since when it has ended.
    pub turns_at: i64,
    /// Of a claim: whether the check must not be made again.
    pub paid: bool,
    /// The verdict with its notices, as JSON.
    pub reply: Option<String>,
    /// The code of a failure.
    pub failure: Option<String>,
}

impl StageColumns {
    /// Those of a session.
    ///
    /// # Errors
    /// For a verdict that cannot be written as JSON.
    pub fn of<H: Held>(entry: &Entry<H>) -> Result<Self, Corrupt> {
        let plain = |stage: &str| Self {
            stage: stage.to_owned(),
            turns_at: integer(entry.turns_at()),
            paid: false,
            reply: None,
            failure: None,
        };
        Ok(match &entry.stage {
            Stage::Open => plain("open"),
            Stage::Verifying { paid, .. } => Self { paid: *paid, ..plain("verifying") },
            Stage::Decided { reply, .. } => {
                let json = serde_json::to_string(reply).map_err(|_| Corrupt("a verdict"))?;
                Self { reply: Some(json), ..plain("decided") }
            }
            Stage::Failed { code, .. } => {
                Self { failure: Some(code.as_str().to_owned()), ..plain("failed") }
            }
            Stage::Expired => plain("expired"),
        })
    }

    /// The stage that is written so.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(self) -> Result<Stage, Corrupt> {
        let turns_at = unsigned(self.turns_at)?;
        Ok(match self.stage.as_str() {
            "open" => Stage::Open,
            "verifying" => Stage::Verifying { until: turns_at, paid: self.paid },
            "decided" => {
                let json = self.reply.ok_or(Corrupt("a verdict"))?;
                let reply = serde_json::from_str(&json).map_err(|_| Corrupt("a verdict"))?;
                Stage::decided(reply, turns_at)
            }
            "failed" => {
                let code = self.failure.as_deref().and_then(ErrorCode::from_code);
                Stage::Failed { code: code.ok_or(Corrupt("a failure"))?, at: turns_at }
            }
            "expired" => Stage::Expired,
            _ => return Err(Corrupt("a stage")),
        })
    }
}
