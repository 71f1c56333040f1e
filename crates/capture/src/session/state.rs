//! The states of a session.

/// A session's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Not started.
    Idle,
    /// The permission prompt may be open; the detector loads meanwhile.
    RequestingCamera,
    /// The camera is ready, the detector is not.
    Loading,
    /// Frames are judged but not taken yet.
    Positioning,
    /// A run is being taken.
    Capturing,
    /// All crops are cut, but some are not acknowledged yet.
    Uploading,
    /// All crops are acknowledged.
    Verifying,
    /// Ended with a verdict.
    Done,
    /// Ended with a failure.
    Failed,
    /// Ended by a cancel.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Idle,
        Self::RequestingCamera,
        Self::Loading,
        Self::Positioning,
        Self::Capturing,
        Self::Uploading,
        Self::Verifying,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its name, in kebab case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::RequestingCamera => "requesting-camera",
            Self::Loading => "loading",
            Self::Positioning => "positioning",
            Self::Capturing => "capturing",
            Self::Uploading => "uploading",
            Self::Verifying => "verifying",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the session has ended.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for State {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How far the session's camera has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CameraStep {
    NotAsked,
    /// The permission prompt may be open.
    Asked,
    /// Allowed and on, though there may be no picture yet.
    Opened,
}
