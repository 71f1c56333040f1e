//! Times without frames that are nobody's fault: the page is hidden, the camera muted, the preview not playing.

use crate::Guidance;

/// What keeps frames from being judged at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pauses {
    pub(super) hidden: bool,
    pub(super) muted: bool,
    pub(super) play_refused: bool,
}

impl Pauses {
    /// Whether anything does.
    pub(super) const fn any(self) -> bool {
        self.hidden || self.muted || self.play_refused
    }

    /// What the person should know or do, most important first.
    pub(super) const fn guidance(self) -> Option<Guidance> {
        match self {
            Self { hidden: true, .. } => Some(Guidance::PageHidden),
            Self { muted: true, .. } => Some(Guidance::CameraPaused),
            Self { play_refused: true, .. } => Some(Guidance::TapToStart),
            _ => None,
        }
    }
}
