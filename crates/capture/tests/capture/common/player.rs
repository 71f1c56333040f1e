//! A simulated player of a simulated file.

/// A file and the browser that plays it. Positions and times in milliseconds.
#[derive(Debug, Clone)]
pub struct Player {
    /// When each frame begins.
    pub frames: Vec<f64>,
    pub length_ms: f64,
    /// Frames' times are later than their positions by this.
    pub offset_ms: f64,
    /// Whether a frame's time after a search is the position searched for, rather than its own.
    pub relabels: bool,
    /// How many frames still appear after a pause.
    pub pause_latency: u32,
    /// Shows only frames at least this far apart in real time, as a browser does that decodes slowly.
    pub decode_ms: f64,
    /// Where a search ends; `None`: at the position asked for.
    pub goes_to: Option<f64>,
    pub starts_over: bool,
    /// How many frames it shows until it plays on without showing any, which only a search ends.
    pub hangs_after: Option<u32>,

    pub position_ms: f64,
    pub rate: f64,
    pub playing: bool,
    pub still_to_come: u32,
    pub shown: Option<usize>,
    pub since_shown_ms: f64,
    pub ended: bool,
    pub searches: u32,
    /// Frames shown since the last search.
    pub in_a_row: u32,
}

impl Player {
    pub fn new(fps: f64, length_ms: f64) -> Self {
        let count = (length_ms * fps / 1000.0).round() as usize;
        Self {
            frames: (0..count).map(|i| i as f64 * 1000.0 / fps).collect(),
            length_ms,
            offset_ms: 0.0,
            relabels: false,
            pause_latency: 0,
            decode_ms: 0.0,
            goes_to: None,
            starts_over: false,
            hangs_after: None,
            position_ms: 0.0,
            rate: 1.0,
            playing: false,
            still_to_come: 0,
            shown: None,
            since_shown_ms: f64::INFINITY,
            ended: false,
            searches: 0,
            in_a_row: 0,
        }
    }

    fn current(&self) -> usize {
        self.frames.partition_point(|&at| at <= self.position_ms + 1e-6).max(1) - 1
    }

    /// A millisecond passes. Returns the time of a frame that appears, and whether the file ends.
    pub fn pass(&mut self) -> (Option<f64>, bool) {
        self.since_shown_ms += 1.0;
        if !self.playing && self.still_to_come == 0 {
            return (None, false);
        }
        if self.hangs_after.is_some_and(|frames| self.in_a_row >= frames) {
            return (None, false);
        }
        self.position_ms += self.rate;
        let mut ends = false;
        if self.position_ms >= self.length_ms {
            if self.starts_over {
                self.position_ms = 0.0;
            } else {
                self.position_ms = self.length_ms;
                (ends, self.ended, self.playing, self.still_to_come) = (true, true, false, 0);
            }
        }
        let current = self.current();
        if self.shown == Some(current) || self.since_shown_ms < self.decode_ms {
            return (None, ends);
        }
        self.shown = Some(current);
        self.since_shown_ms = 0.0;
        self.in_a_row += 1;
        if !self.playing {
            self.still_to_come = self.still_to_come.saturating_sub(1);
        }
        (Some(self.frames[current] + self.offset_ms), ends)
    }

    /// Searches; returns the time of the frame shown then.
    pub fn seek(&mut self, to_ms: f64) -> f64 {
        self.searches += 1;
        self.in_a_row = 0;
        self.position_ms = self.goes_to.unwrap_or(to_ms).min(self.length_ms);
        (self.playing, self.still_to_come, self.ended) =
            (false, 0, self.position_ms >= self.length_ms);
        let current = self.current();
        (self.shown, self.since_shown_ms) = (Some(current), 0.0);
        if self.relabels { self.position_ms } else { self.frames[current] + self.offset_ms }
    }
}
