//! Times that no camera has: what a client states of its pictures is looked at, and the verdict says what does not fit.

use liveness_protocol::check::MAX_FPS;
use liveness_protocol::{Source, VerdictData};

use super::check::{CheckRequest, joined};

/// How far a stated rate may be from that of the pictures' own times: cameras stutter, and a rate is measured over more
/// frames than are sent.
const FACTOR: f64 = 2.0;

/// How much longer than their session pictures may seem to have taken: some clients open it while they take the first ones,
/// and two clocks are compared.
const SLACK_MS: f64 = 2_000.0;

/// What is wrong with the times of a check's pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mistimed {
    /// The pictures follow each other faster than any camera that is taken.
    TooFast {
        /// Pictures in a second, by half of the intervals.
        fps: f64,
    },
    /// The stated rate is another one than that of the stated times.
    OtherRate {
        /// What was stated.
        stated: f64,
        /// What the times say.
        fps: f64,
    },
    /// They do not rise from picture to picture.
    NotRising,
    /// From the first to the last there is more time than their session had been open: they were taken before.
    TakenBefore {
        /// From the first picture to the last.
        span_ms: f64,
        /// How long the session had been open.
        session_age_ms: u64,
    },
}

impl Mistimed {
    /// Looks at a check whose pictures come from a camera. A file may be read as fast as anybody likes.
    pub fn find(check: &CheckRequest) -> Option<Self> {
        if check.source != Source::Live {
            return None;
        }
        let Some(times) = check.rising_times() else {
            if !check.timestamps_ms.is_empty() {
                return Some(Self::NotRising);
            }
            // Of times that are not stated the rate says how long they took.
            let intervals = check.pictures.count().saturating_sub(1);
            return Self::taken_before(check, intervals as f64 * 1000.0 / check.fps?);
        };
        let mut intervals: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        intervals.sort_by(f64::total_cmp);
        // Half of them: a camera that stutters may give two frames at once.
        let median = *intervals.get(intervals.len() / 2)?;
        let fps = 1000.0 / median;
        if fps > MAX_FPS {
            return Some(Self::TooFast { fps });
        }
        Self::taken_before(check, times[times.len() - 1] - times[0]).or_else(|| {
            let stated = check.fps?;
            let apart = stated > fps * FACTOR || stated < fps / FACTOR;
            apart.then_some(Self::OtherRate { stated, fps })
        })
    }

    fn taken_before(check: &CheckRequest, span_ms: f64) -> Option<Self> {
        let session_age_ms = check.session_age_ms?;
        (span_ms > session_age_ms as f64 + SLACK_MS)
            .then_some(Self::TakenBefore { span_ms, session_age_ms })
    }

    /// Adds it to what else there is to say of a verdict.
    pub fn tell(self, verdict: &mut VerdictData) {
        let said = match self {
            Self::TooFast { fps } => {
                format!("the pictures' times are {fps:.0} a second, which no camera gives")
            }
            Self::OtherRate { stated, fps } => format!(
                "the stated rate of {stated:.0} a second is not that of the pictures' times, {fps:.0}"
            ),
            Self::TakenBefore { span_ms, session_age_ms } => format!(
                "the pictures' times span {:.1} s, but their session had been open for {:.1} s: they were taken before it",
                span_ms / 1000.0,
                session_age_ms as f64 / 1000.0,
            ),
            Self::NotRising => "the pictures' times do not rise with their index".to_owned(),
        };
        verdict.warning = joined(verdict.warning.take(), Some(said));
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::domain::check::{Pictures, Urgency};

    fn check(times: &[f64], fps: Option<f64>) -> CheckRequest {
        CheckRequest {
            urgency: Urgency::Session,
            timestamps_ms: times.to_vec(),
            fps,
            states_fps: fps.is_some(),
            ..CheckRequest::of_crops(vec![Bytes::new(); times.len()])
        }
    }

    fn every(ms: f64) -> Vec<f64> {
        (0..10).map(|index| f64::from(index) * ms).collect()
    }

    #[test]
    fn cameras_of_any_speed_pass() {
        for ms in [1000.0 / MAX_FPS, 16.7, 33.3, 200.0, 1000.0] {
            assert_eq!(Mistimed::find(&check(&every(ms), None)), None, "{ms}");
            assert_eq!(Mistimed::find(&check(&every(ms), Some(1000.0 / ms))), None, "{ms}");
        }
        // One that stutters, and times that are not stated.
        let stutter = [0.0, 1.0, 2.0, 66.0, 100.0, 133.0, 166.0, 200.0, 233.0, 266.0];
        assert_eq!(Mistimed::find(&check(&stutter, Some(30.0))), None);
        assert_eq!(Mistimed::find(&check(&[], Some(30.0))), None);
        assert_eq!(Mistimed::find(&check(&[5.0], Some(30.0))), None);
    }

    #[test]
    fn what_no_camera_gives_is_found() {
        let fast = check(&every(2.0), None);
        assert_eq!(Mistimed::find(&fast), Some(Mistimed::TooFast { fps: 500.0 }));
        let file = CheckRequest { source: Source::Media, ..fast };
        assert_eq!(Mistimed::find(&file), None);
        for stated in [70.0, 10.0] {
            let other = check(&every(40.0), Some(stated));
            assert_eq!(Mistimed::find(&other), Some(Mistimed::OtherRate { stated, fps: 25.0 }));
        }
        // All there sooner than a camera could have taken them.
        let sent = |span: f64, age| {
            let check = check(&every(span / 9.0), None);
            Mistimed::find(&CheckRequest { session_age_ms: Some(age), ..check })
        };
        let before = sent(3_000.0, 400);
        assert!(matches!(before, Some(Mistimed::TakenBefore { session_age_ms: 400, .. })));
        for (span, age) in [(3_000.0, 3_100), (3_000.0, 1_400), (900.0, 0)] {
            assert_eq!(sent(span, age), None, "{span} ms in {age}");
        }
        // The same where the rate is all that is said of their times.
        let rated = |source, fps, age| {
            let pictures = Pictures::Crops(vec![Bytes::new(); 30]);
            let check = check(&[], fps);
            let session_age_ms = Some(age);
            Mistimed::find(&CheckRequest { pictures, source, session_age_ms, ..check })
        };
        let before = rated(Source::Live, Some(10.0), 200);
        let (span_ms, session_age_ms) = (2_900.0, 200);
        assert_eq!(before, Some(Mistimed::TakenBefore { span_ms, session_age_ms }));
        for (source, fps, age) in [
            (Source::Live, Some(10.0), 900),
            (Source::Live, Some(30.0), 0),
            (Source::Live, None, 0),
            (Source::Media, Some(10.0), 200),
        ] {
            assert_eq!(rated(source, fps, age), None, "{source:?} {fps:?} in {age}");
        }
        for times in [[5.0, 5.0], [40.0, 0.0]] {
            for fps in [None, Some(30.0)] {
                assert_eq!(Mistimed::find(&check(&times, fps)), Some(Mistimed::NotRising));
            }
        }
    }
}
