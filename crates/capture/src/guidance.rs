//! Shows one instruction at a time, without flickering.

pub use crate::quality::Guidance;

impl std::fmt::Display for Guidance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Guidance {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// For how many frames a new instruction must last before it is shown.
const LASTING_FRAMES: u32 = 2;
/// Least time an instruction is shown, in milliseconds: long enough to read it.
pub(crate) const DWELL_MS: f64 = 400.0;

/// Keeps the instruction from flickering while frames are judged one by one.
#[derive(Debug, Clone)]
pub(crate) struct SteadyGuidance {
    shown: Guidance,
    shown_since_ms: f64,
    candidate: Guidance,
    frames: u32,
    /// Whether it is a frame's judgement that is shown.
    judged: bool,
}

impl SteadyGuidance {
    pub(crate) const fn new() -> Self {
        Self {
            shown: Guidance::None,
            shown_since_ms: f64::NEG_INFINITY,
            candidate: Guidance::None,
            frames: 0,
            judged: false,
        }
    }

    pub(crate) const fn shown(&self) -> Guidance {
        self.shown
    }

    /// Shows an instruction at once. Returns whether it is a change.
    pub(crate) fn show(&mut self, guidance: Guidance, now_ms: f64) -> bool {
        let changed = self.shown != guidance;
        self.candidate = guidance;
        self.frames = 0;
        self.judged = false;
        if changed {
            self.shown = guidance;
            self.shown_since_ms = now_ms;
        }
        changed
    }

    /// Shows one frame's judgement once it has lasted. Returns whether that is a change.
    ///
    /// [`Guidance::Wait`], shown before anything has been judged, is replaced at once.
    pub(crate) fn propose(&mut self, guidance: Guidance, now_ms: f64) -> bool {
        let at_once = matches!(self.shown, Guidance::Wait | Guidance::None) && !self.judged;
        if guidance != self.candidate {
            self.candidate = guidance;
            self.frames = 0;
        }
        self.frames = self.frames.saturating_add(1);
        let lasting = self.frames >= LASTING_FRAMES && now_ms - self.shown_since_ms >= DWELL_MS;
        let changed = (at_once || guidance != self.shown && lasting) && self.show(guidance, now_ms);
        self.judged = true;
        changed
    }
}
