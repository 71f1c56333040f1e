//! A clip: the crops of one check, in order, with their times.

use crate::cancel::{Cancel, Cancelled};
use crate::parallel;
use crate::png_crop::{DecodeError, RgbCrop, decode_crop};
use liveness_protocol::{ErrorCode, check::MAX_FPS};

/// The fewest crops a verdict is given on.
pub const MIN_FRAMES: usize = 10;
/// The most crops a clip may have.
pub const MAX_FRAMES: usize = 120;
/// The frame rate assumed when neither times nor a rate are given.
pub const DEFAULT_FPS: f64 = 10.0;

/// Crops of one face in the order they were captured.
#[derive(Debug, Clone)]
pub struct Clip {
    frames: Vec<RgbCrop>,
    fps: f64,
}

/// Why crops are not a clip.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClipError {
    /// Fewer than [`MIN_FRAMES`].
    #[error("{got} crops, at least {MIN_FRAMES} are needed")]
    TooFew {
        /// How many there are.
        got: usize,
    },
    /// More than [`MAX_FRAMES`].
    #[error("{got} crops, at most {MAX_FRAMES} are taken")]
    TooMany {
        /// How many there are.
        got: usize,
    },
    /// Not one time for each crop.
    #[error("{timestamps} times for {frames} crops")]
    TimestampCount {
        /// Times given.
        timestamps: usize,
        /// Crops given.
        frames: usize,
    },
    /// A time is not a number or not after the one before.
    #[error("the time of crop {index} is not after the one before")]
    TimestampOrder {
        /// The crop's index.
        index: usize,
    },
    /// The rate is not positive, or the one that was stated is above [`MAX_FPS`].
    #[error("a frame rate of {fps} is not in 0 < fps <= {MAX_FPS}")]
    FrameRate {
        /// What was given or follows from the times.
        fps: f64,
    },
    /// A crop could not be read.
    #[error("crop {index}: {source}")]
    Crop {
        /// The crop's index.
        index: usize,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The check was given up.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl ClipError {
    /// The code of the API's error table.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TooFew { .. } => ErrorCode::InsufficientFrames,
            Self::TooMany { .. }
            | Self::TimestampCount { .. }
            | Self::TimestampOrder { .. }
            | Self::FrameRate { .. } => ErrorCode::ValidationError,
            Self::Crop { source, .. } => source.code(),
            Self::Cancelled(_) => ErrorCode::UpstreamTimeout,
        }
    }
}

impl Clip {
    /// Makes a clip of crops with their capture times in milliseconds (any origin, ascending, however far
    /// apart) or a rate in frames per second, 0 < fps <= [`MAX_FPS`]. Times win over the rate; with
    /// neither, 10 is assumed.
    ///
    /// # Errors
    /// [`ClipError`], for too few or too many crops and for times that do not fit.
    pub fn new(
        frames: Vec<RgbCrop>,
        timestamps_ms: Option<Vec<f64>>,
        fps: Option<f64>,
    ) -> Result<Self, ClipError> {
        let got = frames.len();
        if got < MIN_FRAMES {
            return Err(ClipError::TooFew { got });
        }
        if got > MAX_FRAMES {
            return Err(ClipError::TooMany { got });
        }
        let fps = match timestamps_ms {
            Some(times) if times.len() != got => {
                return Err(ClipError::TimestampCount { timestamps: times.len(), frames: got });
            }
            Some(times) => {
                let rising =
                    |pair: &[f64]| pair[0].is_finite() && pair[1].is_finite() && pair[1] > pair[0];
                if let Some(at) = times.windows(2).position(|pair| !rising(pair)) {
                    return Err(ClipError::TimestampOrder { index: at + 1 });
                }
                1000.0 * (got - 1) as f64 / (times[got - 1] - times[0])
            }
            None => match fps.unwrap_or(DEFAULT_FPS) {
                fps if fps > MAX_FPS => return Err(ClipError::FrameRate { fps }),
                fps => fps,
            },
        };
        // Times may lie so far or so little apart that their rate is not a number.
        if !fps.is_finite() || fps <= 0.0 {
            return Err(ClipError::FrameRate { fps });
        }
        Ok(Self { frames, fps })
    }

    /// The same from PNG files, see [`decode_crop`].
    ///
    /// # Errors
    /// As [`Clip::new`], and [`ClipError::Crop`] for the first crop that cannot be read.
    pub fn from_pngs<B: AsRef<[u8]> + Sync>(
        pngs: &[B],
        timestamps_ms: Option<Vec<f64>>,
        fps: Option<f64>,
    ) -> Result<Self, ClipError> {
        Self::from_pngs_unless(pngs, timestamps_ms, fps, &Cancel::default())
    }

    /// The same, but given up between any two crops once `cancel` says so.
    ///
    /// # Errors
    /// As [`Clip::from_pngs`], and [`ClipError::Cancelled`].
    pub fn from_pngs_unless<B: AsRef<[u8]> + Sync>(
        pngs: &[B],
        timestamps_ms: Option<Vec<f64>>,
        fps: Option<f64>,
        cancel: &Cancel,
    ) -> Result<Self, ClipError> {
        // Counted before anything is decoded: the bound on memory comes first.
        if pngs.len() > MAX_FRAMES {
            return Err(ClipError::TooMany { got: pngs.len() });
        }
        let frames = parallel::map(parallel::threads(), pngs.len(), |index| {
            cancel.check()?;
            decode_crop(pngs[index].as_ref()).map_err(|source| ClipError::Crop { index, source })
        })?;
        Self::new(frames, timestamps_ms, fps)
    }

    /// The crops.
    pub fn frames(&self) -> &[RgbCrop] {
        &self.frames
    }

    /// Mean frames per second.
    pub fn fps(&self) -> f64 {
        self.fps
    }

    /// Seconds from the first to the last crop.
    pub fn seconds(&self) -> f64 {
        (self.frames.len() - 1) as f64 / self.fps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png_crop::CROP_BYTES;

    fn crops(n: usize) -> Vec<RgbCrop> {
        (0..n).map(|_| RgbCrop::from_rgb(vec![0; CROP_BYTES]).unwrap()).collect()
    }

    #[test]
    fn times_win_over_the_rate() {
        let times = (0..11).map(|i| 500.0 + 50.0 * f64::from(i)).collect();
        let clip = Clip::new(crops(11), Some(times), Some(10.0)).unwrap();
        assert_eq!((clip.fps(), clip.seconds()), (20.0, 0.5));
        assert_eq!(Clip::new(crops(11), None, None).unwrap().seconds(), 1.0);
    }

    /// Whatever a page may be told to capture, and whatever the API documents.
    #[test]
    fn every_allowed_rate_is_taken_stated_or_by_times() {
        let options = (1..=30).map(f64::from);
        for fps in options.chain([1e-6, 0.01, 0.5, 0.9, 29.97, 59.94, 60.0, 60.1, MAX_FPS]) {
            for n in [MIN_FRAMES, 30, 90, MAX_FRAMES] {
                let stated = Clip::new(crops(n), None, Some(fps)).unwrap();
                assert_eq!(stated.fps(), fps);
                // To the millisecond, as some cameras count: then it may seem to be a little more.
                for round in [|ms: f64| ms, f64::round] {
                    let times = (0..n).map(|i| round(i as f64 * 1000.0 / fps)).collect();
                    let timed = Clip::new(crops(n), Some(times), Some(fps)).unwrap();
                    assert!((timed.fps() / fps - 1.0).abs() < 0.02, "{fps}, {n} crops");
                    assert!((timed.seconds() / stated.seconds() - 1.0).abs() < 0.02);
                }
            }
        }
    }

    #[test]
    fn every_error_arises_and_has_its_code() {
        let of = |n, times, fps| Clip::new(crops(n), times, fps).unwrap_err();
        let table = [
            (of(9, None, None), ClipError::TooFew { got: 9 }, ErrorCode::InsufficientFrames),
            (of(121, None, None), ClipError::TooMany { got: 121 }, ErrorCode::ValidationError),
            (
                of(10, Some(vec![1.0]), None),
                ClipError::TimestampCount { timestamps: 1, frames: 10 },
                ErrorCode::ValidationError,
            ),
            (
                of(10, Some(vec![1.0; 10]), None),
                ClipError::TimestampOrder { index: 1 },
                ErrorCode::ValidationError,
            ),
            (
                of(10, None, Some(120.5)),
                ClipError::FrameRate { fps: 120.5 },
                ErrorCode::ValidationError,
            ),
            (
                Clip::from_pngs(&[b"x"; 10], None, None).unwrap_err(),
                ClipError::Crop { index: 0, source: DecodeError::NotPng },
                ErrorCode::NotPng,
            ),
            (
                Clip::from_pngs(&[b"x"; 500], None, None).unwrap_err(),
                ClipError::TooMany { got: 500 },
                ErrorCode::ValidationError,
            ),
        ];
        for (error, expected, code) in table {
            assert_eq!((&error, error.code()), (&expected, code));
        }
        for fps in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0] {
            assert!(matches!(of(10, None, Some(fps)), ClipError::FrameRate { .. }), "{fps}");
        }
        let endless = (0..10).map(|i| (f64::from(i) / 4.5 - 1.0) * f64::MAX).collect();
        assert_eq!(of(10, Some(endless), None), ClipError::FrameRate { fps: 0.0 });
        let cancel = Cancel::default();
        cancel.cancel();
        let cancelled = Clip::from_pngs_unless(&[b"x"; 10], None, None, &cancel).unwrap_err();
        assert_eq!(cancelled, ClipError::Cancelled(Cancelled));
        assert_eq!(cancelled.code(), ErrorCode::UpstreamTimeout);
        let infinite = (0..10).map(|i| if i == 4 { f64::INFINITY } else { f64::from(i) }).collect();
        assert_eq!(of(10, Some(infinite), None), ClipError::TimestampOrder { index: 4 });
    }
}
