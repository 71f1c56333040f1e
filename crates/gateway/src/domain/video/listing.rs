//! What is in a video, as ffmpeg lists it without decoding anything, and which of its frames a check looks at.

use liveness_protocol::ErrorCode;

use crate::domain::pictures::frame_input::MAX_PIXELS;

/// The longest video that is looked at, in milliseconds.
pub const MAX_LENGTH_MS: f64 = 120_000.0;

/// The most frames of a video. 60 frames a second for two minutes are 7200.
pub const MAX_FRAMES: usize = 7200;

/// The shortest side of a video.
const MIN_SIDE: u32 = 64;

/// The pause between frames, in milliseconds, that the page's own capture takes as well.
const PACE_MS: f64 = 100.0;

/// A video's only video stream that counts: the first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The time of each frame in milliseconds from the first, rising.
    pub times_ms: Vec<f64>,
}

/// Frames of a video, by their number from 0, and when each is shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// Their numbers, rising.
    pub frames: Vec<usize>,
    /// Their times in milliseconds from the first, rising.
    pub times_ms: Vec<f64>,
}

/// Why a video gives no pictures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VideoError {
    /// ffmpeg finds no video in it, or cannot decode it.
    #[error("the file holds no video that can be decoded")]
    Unreadable,
    /// Too wide, too high, or too small.
    #[error("{width}x{height} pixels are not taken")]
    Size {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// It goes on for too long, or has too many frames.
    #[error("the video is longer than two minutes, or has more than {MAX_FRAMES} frames")]
    TooLong,
    /// Fewer frames than the model needs.
    #[error("the model needs {needed} frames, and the video has {got}")]
    TooFew {
        /// What the model needs.
        needed: usize,
        /// What there is.
        got: usize,
    },
    /// Decoding took too long, or more memory than it may.
    #[error("decoding took too long")]
    TooSlow,
    /// Somebody has ended ffmpeg, as a system does that is short of memory, or one that ends a service with all its processes. It
    /// says nothing of the file.
    #[error("ffmpeg was ended from outside")]
    Killed,
    /// ffmpeg cannot be run.
    #[error("ffmpeg cannot be run: {0}")]
    NoDecoder(String),
}

impl VideoError {
    /// What a submission that ends with it has failed by.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Unreadable | Self::Size { .. } | Self::TooLong | Self::TooSlow => {
                ErrorCode::InvalidVideoInput
            }
            Self::TooFew { .. } => ErrorCode::InsufficientFrames,
            Self::Killed => ErrorCode::InternalError,
            Self::NoDecoder(_) => ErrorCode::ServiceUnavailable,
        }
    }
}

impl Listing {
    /// Reads the list that ffmpeg's `framecrc` writes: a head with the stream's time base and dimensions, and a line for
    /// each packet, of which the third column is when it is shown.
    ///
    /// # Errors
    /// [`VideoError::Unreadable`] for what is no such list, [`VideoError::TooLong`].
    pub fn read(text: &str) -> Result<Self, VideoError> {
        let (mut base, mut size, mut ticks) = (None, None, Vec::new());
        for line in text.lines() {
            if let Some(fraction) = line.strip_prefix("#tb 0: ") {
                base = fraction.split_once('/').and_then(|(above, below)| {
                    let parts: (f64, f64) = (above.parse().ok()?, below.trim().parse().ok()?);
                    (parts.0 > 0.0 && parts.1 > 0.0).then_some(parts.0 * 1000.0 / parts.1)
                });
            } else if let Some(dimensions) = line.strip_prefix("#dimensions 0: ") {
                size = dimensions.split_once('x').and_then(|(width, height)| {
                    Some((width.parse::<u32>().ok()?, height.trim().parse::<u32>().ok()?))
                });
            } else if !line.starts_with('#') {
                let shown =
                    line.split(',').nth(2).and_then(|shown| shown.trim().parse::<i64>().ok());
                ticks.extend(shown);
            }
            if ticks.len() > MAX_FRAMES {
                return Err(VideoError::TooLong);
            }
        }
        let (Some(base), Some((width, height))) = (base, size) else {
            return Err(VideoError::Unreadable);
        };
        ticks.sort_unstable();
        ticks.dedup();
        let first = ticks.first().copied().ok_or(VideoError::Unreadable)?;
        let times_ms: Vec<f64> =
            ticks.iter().map(|tick| tick.saturating_sub(first) as f64 * base).collect();
        Ok(Self { width, height, times_ms })
    }

    /// Chooses `count` frames, ten in a second if there are as many, as the page's own capture does; of a shorter video they
    /// are spread over the whole.
    ///
    /// # Errors
    /// For a video that no check looks at.
    pub fn select(&self, count: usize) -> Result<Selection, VideoError> {
        let Self { width, height, times_ms } = self;
        let (width, height) = (*width, *height);
        let pixels = u64::from(width) * u64::from(height);
        if width.min(height) < MIN_SIDE || pixels > MAX_PIXELS {
            return Err(VideoError::Size { width, height });
        }
        let got = times_ms.len();
        let length = times_ms.last().copied().unwrap_or_default();
        if !length.is_finite() || length > MAX_LENGTH_MS {
            return Err(VideoError::TooLong);
        }
        if got < count || count < 2 {
            return Err(VideoError::TooFew { needed: count, got });
        }
        let pace = PACE_MS.min(length / (count - 1) as f64);
        let mut frames = Vec::with_capacity(count);
        let mut next = 0;
        for taken in 0..count {
            // Half of the usual pause between two frames: the nearest is meant, and a clock never quite right.
            let due = pace * taken as f64 - 0.25 * length / got as f64;
            // As many have to be left as are still to be taken.
            let last = got - (count - taken);
            while next < last && times_ms[next] < due {
                next += 1;
            }
            frames.push(next);
            next += 1;
        }
        let first = times_ms[frames[0]];
        let times_ms = frames.iter().map(|frame| times_ms[*frame] - first).collect();
        Ok(Selection { frames, times_ms })
    }
}

impl Selection {
    /// Frames in a second.
    pub fn fps(&self) -> Option<f64> {
        let last = self.times_ms.last()?;
        let fps = 1000.0 * (self.times_ms.len() - 1) as f64 / last;
        (fps.is_finite() && fps > 0.0).then_some(fps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(frames: usize, fps: f64) -> Listing {
        let times_ms = (0..frames).map(|frame| frame as f64 * 1000.0 / fps).collect();
        Listing { width: 640, height: 480, times_ms }
    }

    #[test]
    fn frames_are_listed_in_the_order_in_which_they_are_shown() {
        let text = "#software: Lavf59\n#tb 0: 1/15360\n#media_type 0: video\n#dimensions 0: 640x480\n\
            0,      -1024,          0,      512,     9976, 0x8ade21a2\n\
            0,       -512,       3072,      512,     5195, 0xc5a10e47, F=0x0\n\
            0,          0,       1536,      512,     1755, 0x20b576cd, F=0x0\n";
        let listing = Listing::read(text).unwrap();
        assert_eq!((listing.width, listing.height), (640, 480));
        assert_eq!(listing.times_ms, [0.0, 100.0, 200.0]);
        for text in
            ["", "#tb 0: 1/25\n", "#tb 0: 0/0\n#dimensions 0: 4x4\n0, 0, 0, 1, 1, 0x0", "#EXTM3U"]
        {
            assert_eq!(Listing::read(text), Err(VideoError::Unreadable), "{text}");
        }
        let head = "#tb 0: 1/25\n#dimensions 0: 640x480\n";
        let bomb: String = (0..=MAX_FRAMES).map(|n| format!("0, {n}, {n}, 1, 9, 0x1\n")).collect();
        assert_eq!(Listing::read(&format!("{head}{bomb}")), Err(VideoError::TooLong));
    }

    #[test]
    fn ten_frames_a_second_are_taken_where_there_are_as_many() {
        for fps in [29.97, 30.0, 60.0, 25.0, 10.0] {
            let selection = listing(300, fps).select(30).unwrap();
            assert_eq!(selection.frames.len(), 30);
            assert_eq!((selection.frames[0], selection.times_ms[0]), (0, 0.0));
            let rate = selection.fps().unwrap();
            assert!((rate - 10.0).abs() < 0.4, "{fps}: {rate}");
            assert!(selection.frames.windows(2).all(|pair| pair[0] < pair[1]), "{fps}");
        }
        // Of a shorter video all that is needed, over its whole length.
        let short = listing(45, 30.0).select(30).unwrap();
        assert_eq!(short.frames.last(), Some(&44));
        let all = listing(30, 8.0).select(30).unwrap();
        assert_eq!(all.frames, (0..30).collect::<Vec<_>>());
        assert!((all.fps().unwrap() - 8.0).abs() < 1e-9);
    }

    #[test]
    fn bombs_are_refused_by_their_list() {
        let wide = Listing { width: 16_384, height: 16_384, ..listing(30, 10.0) };
        assert_eq!(wide.select(10), Err(VideoError::Size { width: 16_384, height: 16_384 }));
        let tiny = Listing { width: 16, height: 16, ..listing(30, 10.0) };
        assert!(matches!(tiny.select(10), Err(VideoError::Size { .. })));
        assert_eq!(listing(1000, 0.1).select(10), Err(VideoError::TooLong));
        assert_eq!(listing(9, 10.0).select(10), Err(VideoError::TooFew { needed: 10, got: 9 }));
        let codes = [
            (VideoError::Unreadable, ErrorCode::InvalidVideoInput),
            (VideoError::Size { width: 1, height: 1 }, ErrorCode::InvalidVideoInput),
            (VideoError::TooLong, ErrorCode::InvalidVideoInput),
            (VideoError::TooSlow, ErrorCode::InvalidVideoInput),
            (VideoError::TooFew { needed: 2, got: 1 }, ErrorCode::InsufficientFrames),
            (VideoError::NoDecoder(String::new()), ErrorCode::ServiceUnavailable),
        ];
        for (error, code) in codes {
            assert_eq!(error.code(), code, "{error}");
        }
    }
}
