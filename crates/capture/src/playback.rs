//! Plays a video file no faster than its frames can be looked at.
//!
//! The file plays on while a frame is looked at, waits if that takes too long, and goes back if it has got past a frame
//! that is wanted after all. So which pictures a file gives depends on the file, not on the machine: a slow one
//! only takes longer. No file plays faster than it was recorded, and one that cannot be searched only waits.

/// While every frame is wanted: how far a file plays on without anybody asking for the next, in milliseconds.
const UNASKED_MS: f64 = 50.0;
/// While every frame is wanted: how many milliseconds of them may be left out.
const SKIPPED_MS: f64 = 150.0;
/// What is assumed of frames nobody has seen yet: at least this far apart, in milliseconds.
const SPACING_MS: f64 = 1000.0 / 30.0;
/// The bounds of how much later than wanted a frame may be, in milliseconds; in between it is the frames' spacing.
const LATE_MS: (f64, f64) = (40.0, 100.0);
/// Frames are at least this far apart, in milliseconds: after a search, a browser may show the same one with another time.
const DISTINCT_MS: f64 = 4.0;
/// How often a file goes back for one frame.
const SEEKS: u32 = 2;
/// A browser that goes somewhere else by this much, in milliseconds, cannot search the file.
const ASTRAY_MS: f64 = 500.0;
/// A step back by this much without a search, in milliseconds: the file has started over.
const STARTED_OVER_MS: f64 = 500.0;
/// How long a file may play without a frame being shown, in milliseconds: then [`Playback::overdue`] is called.
pub const OVERDUE_MS: u32 = 3_000;
/// The slowest that every browser plays.
const SLOWEST: f64 = 0.25;

/// What the player is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    /// What it is doing.
    Wait,
    /// Play, at this rate.
    Play {
        /// 1 is the speed of the recording.
        rate: f64,
    },
    /// Pause.
    Pause,
    /// Pause and go to a position. [`Playback::sought`] or [`Playback::seek_failed`] follows.
    Seek {
        /// The position in milliseconds.
        to_ms: f64,
    },
    /// Hand over the frame that is shown.
    Deliver {
        /// The frame's time in milliseconds.
        timestamp_ms: f64,
    },
    /// Tell the session that there are no more frames.
    End,
}

/// The state of one file's playback.
///
/// Times are the frames' own, in milliseconds. A browser's positions may be ahead of them or behind by a constant: what
/// is shown after a search tells.
#[derive(Debug, Clone)]
pub struct Playback {
    interval_ms: f64,
    /// From which time on a frame is wanted; `None`: nobody has asked.
    wanted_ms: Option<f64>,
    /// Whether the frame last asked for was a certain one.
    paced: bool,
    delivered_ms: Option<f64>,
    shown_ms: Option<f64>,
    /// The smallest distance of two frames so far.
    spacing_ms: f64,
    /// A frame's time less the position it is shown at.
    offset_ms: f64,
    searchable: bool,
    /// Searches for the frame that is wanted.
    seeks: u32,
    seeking_ms: Option<f64>,
    rate: f64,
    ended: bool,
}

impl Playback {
    /// For a file that is loaded, paused at its beginning, and of which a frame is to be taken every `interval_ms`.
    pub const fn new(interval_ms: f64) -> Self {
        Self {
            interval_ms,
            wanted_ms: None,
            paced: false,
            delivered_ms: None,
            shown_ms: None,
            spacing_ms: f64::INFINITY,
            offset_ms: 0.0,
            searchable: true,
            seeks: 0,
            seeking_ms: None,
            rate: 1.0,
            ended: false,
        }
    }

    /// Whether a frame has been asked for and is neither shown nor being searched for.
    pub const fn is_waiting(&self) -> bool {
        self.wanted_ms.is_some() && self.seeking_ms.is_none()
    }

    /// The next frame is asked for, or the first that is late enough.
    pub fn request(&mut self, not_before_ms: Option<f64>, paused: bool) -> Command {
        self.paced = not_before_ms.is_some();
        let next_ms = self.delivered_ms.map_or(0.0, |last_ms| last_ms + DISTINCT_MS);
        let wanted_ms = not_before_ms.unwrap_or(next_ms).max(next_ms);
        self.wanted_ms = Some(wanted_ms);
        self.seeks = 0;
        match self.shown_ms {
            _ if self.ended => self.ended(),
            Some(shown_ms) if shown_ms > self.latest_ms(wanted_ms) => self.go_back(wanted_ms),
            Some(shown_ms) if shown_ms >= wanted_ms && paused => self.deliver(shown_ms),
            _ => Command::Play { rate: self.rate },
        }
    }

    /// A frame is shown.
    pub fn presented(&mut self, time_ms: f64) -> Command {
        if self.seeking_ms.is_some() || self.shown_ms == Some(time_ms) {
            return Command::Wait;
        }
        if let Some(gap_ms) = self.shown_ms.map(|shown_ms| time_ms - shown_ms)
            && gap_ms > 0.0
        {
            self.spacing_ms = self.spacing_ms.min(gap_ms);
        }
        self.shown_ms = Some(time_ms);
        let Some(wanted_ms) = self.wanted_ms else {
            return if self.is_far_enough(time_ms) { Command::Pause } else { Command::Wait };
        };
        let started_over =
            self.delivered_ms.is_some_and(|last_ms| time_ms < last_ms - STARTED_OVER_MS);
        if started_over && self.seeks == 0 {
            Command::End
        } else if time_ms < wanted_ms {
            Command::Wait
        } else if time_ms > self.latest_ms(wanted_ms) {
            self.go_back(wanted_ms)
        } else {
            if self.seeks == 0 {
                self.rate = (1.25 * self.rate).min(1.0);
            }
            self.deliver(time_ms)
        }
    }

    /// The search is over, and this frame is shown.
    pub fn sought(&mut self, time_ms: f64) -> Command {
        let (Some(to_ms), Some(wanted_ms)) = (self.seeking_ms.take(), self.wanted_ms) else {
            return Command::Wait;
        };
        self.shown_ms = Some(time_ms);
        let off_ms = time_ms - to_ms;
        if off_ms.abs() < ASTRAY_MS {
            // A frame is shown from its time on, so without an offset it is never shown early.
            self.offset_ms = off_ms.max(0.0);
        } else if self.delivered_ms.is_some() {
            self.searchable = false;
        }
        if time_ms < wanted_ms {
            Command::Play { rate: self.rate }
        } else if time_ms > self.latest_ms(wanted_ms) {
            self.go_back(wanted_ms)
        } else {
            self.deliver(time_ms)
        }
    }

    /// The search did not come to an end.
    pub fn seek_failed(&mut self) -> Command {
        self.seeking_ms = None;
        self.searchable = false;
        Command::Play { rate: self.rate }
    }

    /// The file plays, but nothing has been shown for [`OVERDUE_MS`]: some browsers lose their pipeline when a file has
    /// been paused and played often. A search wakes them.
    pub fn overdue(&mut self) -> Command {
        match self.wanted_ms {
            Some(wanted_ms) if self.seeking_ms.is_none() && self.may_seek() => {
                self.search(wanted_ms)
            }
            _ => Command::Wait,
        }
    }

    /// The file has come to its end, or was to play on from there, which would start over.
    pub fn ended(&mut self) -> Command {
        self.ended = true;
        match self.wanted_ms {
            _ if self.seeking_ms.is_some() => Command::Wait,
            None => Command::Wait,
            // Its last frames may have passed unseen.
            Some(wanted_ms) if self.may_seek() => self.go_back(wanted_ms),
            Some(_) => Command::End,
        }
    }

    /// Whether the file is to wait, since nobody has asked for more.
    fn is_far_enough(&self, time_ms: f64) -> bool {
        let ahead_ms = if self.paced { self.interval_ms / 2.0 } else { UNASKED_MS };
        self.delivered_ms.is_some_and(|last_ms| time_ms >= last_ms + ahead_ms)
    }

    /// The latest time of a frame that will do.
    fn latest_ms(&self, wanted_ms: f64) -> f64 {
        if !self.may_seek() {
            return f64::INFINITY;
        }
        let (least, most) = LATE_MS;
        let late_ms = (1.25 * self.spacing_ms).clamp(least, most);
        wanted_ms + if self.paced { late_ms } else { SKIPPED_MS }
    }

    fn may_seek(&self) -> bool {
        self.searchable && self.seeks < SEEKS
    }

    fn go_back(&mut self, wanted_ms: f64) -> Command {
        if self.delivered_ms.is_some() {
            // Frames come faster than this machine shows them.
            self.rate = (self.rate / 2.0).max(SLOWEST);
        }
        self.search(wanted_ms)
    }

    fn search(&mut self, wanted_ms: f64) -> Command {
        self.seeks += 1;
        self.ended = false;
        // The middle of the time that the first frame late enough is shown: its start may be rounded.
        let to_ms = (wanted_ms + 0.95 * SPACING_MS - self.offset_ms).max(0.0);
        self.seeking_ms = Some(to_ms);
        Command::Seek { to_ms }
    }

    fn deliver(&mut self, timestamp_ms: f64) -> Command {
        self.wanted_ms = None;
        self.delivered_ms = Some(timestamp_ms);
        Command::Deliver { timestamp_ms }
    }
}
