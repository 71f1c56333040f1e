//! Pictures that have been part of an earlier check. A camera never makes the same picture twice, to the last bit, so whoever
//! shows one again shows a recording. One that was changed a little is known by prints of what it shares with the original, which
//! two recordings of one person may share as well: that is said and decides nothing. Anybody can compute all of these prints,
//! and which of them are compared.

use std::collections::BTreeSet;

use clap::ValueEnum;
use liveness_protocol::{RiskBand, Source, Verdict, VerdictData};

use super::check::{CheckReply, CheckRequest, ModelNotices, joined};
use super::clock::{UnixMillis, iso8601};
use super::mode::Engine;
use super::pictures::print::Print;

/// How many pictures of each check are remembered, and compared.
const SAMPLE: usize = 8;

/// How many near prints of them have to be known, as the example `likeness` of the verifier has measured it.
const ENOUGH_NEAR: usize = 5;

/// What becomes of a check of a camera's pictures that have been part of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Recycled {
    /// It is a fake, and no verifier is asked.
    Refuse,
    /// The verdict says so in `warning`.
    Warn,
}

/// What is seen of a check's pictures before anybody judges them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sighting {
    /// Pictures that were compared.
    pub compared: usize,
    /// Of these, those that have been part of an earlier check.
    pub known: usize,
    /// Pictures that are the same as another of this check. (Those that are nearly the same are what somebody who sits still gives.)
    pub repeated: usize,
    /// Near prints that have been part of an earlier check, where as many as [`SAMPLE`] could be compared: what is too plain for
    /// that is like much else.
    pub near: usize,
}

/// The prints by which a check is known again: the smallest, which are the same ones whatever the order.
pub fn sample(prints: &[Print]) -> Vec<Print> {
    let different: BTreeSet<Print> = prints.iter().copied().collect();
    different.into_iter().take(SAMPLE).collect()
}

impl Sighting {
    /// Of a check with pictures of these prints, of which the store knows some of the [`sample`]s.
    pub fn new(prints: &[Print], near: &[Print], known: &[Print]) -> Self {
        let different = prints.iter().collect::<BTreeSet<_>>().len();
        let count = |sample: &[Print]| sample.iter().filter(|print| known.contains(print)).count();
        let near = sample(near);
        Self {
            compared: different.min(SAMPLE),
            known: count(&sample(prints)),
            repeated: prints.len() - different,
            near: if near.len() == SAMPLE { count(&near) } else { 0 },
        }
    }

    /// Whether it is a recording that is shown again: a camera that stood still for a moment shares a picture or two with
    /// nobody, so half of those that are compared is more than enough.
    pub const fn is_replay(self) -> bool {
        self.known > 0 && 2 * self.known >= self.compared
    }

    /// What there is to say about it.
    pub fn warning(self) -> Option<String> {
        let Self { compared, known, repeated, near } = self;
        let near = (near >= ENOUGH_NEAR && !self.is_replay()).then(|| {
            format!("{near} of {SAMPLE} parts of pictures compared look as in an earlier check")
        });
        let known = (known > 0).then(|| {
            format!("{known} of {compared} pictures compared were part of an earlier check")
        });
        let repeated = (repeated > 0)
            .then(|| format!("{repeated} pictures are the same as another of this check"));
        joined(joined(known, near), repeated)
    }

    /// Adds it to what a verifier has noticed.
    pub fn tell(self, verdict: &mut VerdictData) {
        verdict.warning = joined(verdict.warning.take(), self.warning());
    }

    /// The verdict without a verifier, if there has to be one: nobody was in front of the camera. `notices` are those
    /// of the model that would have run.
    pub fn verdict(
        self,
        request: &CheckRequest,
        notices: ModelNotices,
        policy: Recycled,
        now: UnixMillis,
    ) -> Option<CheckReply> {
        if !self.is_replay() || policy == Recycled::Warn || request.source != Source::Live {
            return None;
        }
        let verdict = VerdictData {
            verdict: Verdict::Fake,
            confidence: Some(0.0),
            real_score: 0.0,
            score: 0.0,
            risk_band: Some(RiskBand::of_score(0.0)),
            session_id: request.session_id.to_string(),
            model: notices.resolved.clone(),
            input_source: Some(request.pictures.input_source().to_owned()),
            processing_ms: Some(0),
            frames_processed: Some(0),
            tenant_metadata: None,
            warning: self.warning(),
            warnings: Some(request.warnings.clone()).filter(|warnings| !warnings.is_empty()),
            created_at: Some(iso8601(now)),
        };
        let engine = Some(Engine::Gateway);
        Some(CheckReply::new(verdict, ModelNotices { engine, ..notices }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints(range: std::ops::Range<u8>) -> Vec<Print> {
        range.map(|byte| Print::of(&[byte])).collect()
    }

    #[test]
    fn a_sample_is_the_same_in_any_order_and_however_often_a_picture_comes() {
        let some = prints(0..30);
        let mut other: Vec<Print> = some.iter().rev().copied().collect();
        other.extend(prints(0..5));
        assert_eq!(sample(&some), sample(&other));
        assert_eq!(sample(&some).len(), SAMPLE);
        assert_eq!(sample(&prints(0..3)).len(), 3);
        assert_eq!(sample(&[]), []);
    }

    #[test]
    fn half_of_the_pictures_make_a_replay() {
        for (compared, known, replay) in
            [(8, 8, true), (8, 4, true), (8, 3, false), (1, 1, true), (8, 0, false), (0, 0, false)]
        {
            let sighting = Sighting { compared, known, ..Sighting::default() };
            assert_eq!(sighting.is_replay(), replay, "{sighting:?}");
        }
    }

    #[test]
    fn what_was_seen_is_said_beside_what_else_there_is() {
        let mut verdict = VerdictData {
            verdict: Verdict::Live,
            confidence: None,
            real_score: 1.0,
            score: 100.0,
            risk_band: None,
            session_id: String::new(),
            model: None,
            input_source: None,
            processing_ms: None,
            frames_processed: None,
            tenant_metadata: None,
            warning: None,
            warnings: None,
            created_at: None,
        };
        Sighting::default().tell(&mut verdict);
        assert_eq!(verdict.warning, None);
        verdict.warning = Some("tight".to_owned());
        let twice = [prints(0..2), prints(0..1)].concat();
        Sighting::new(&twice, &[], &prints(1..2)).tell(&mut verdict);
        assert_eq!(
            verdict.warning.as_deref(),
            Some(
                "tight; 1 of 2 pictures compared were part of an earlier check; \
                 1 pictures are the same as another of this check"
            )
        );
    }

    #[test]
    fn what_looks_as_before_is_said_where_enough_does_and_nothing_else_says_it() {
        let (exact, near) = (prints(0..10), prints(100..130));
        let said = |near: &[Print], known: &[Print]| {
            let sighting = Sighting::new(&exact, near, known);
            (sighting.is_replay(), sighting.warning())
        };
        let compared = sample(&near);
        let warning = "5 of 8 parts of pictures compared look as in an earlier check";
        assert_eq!(said(&near, &compared[..5]), (false, Some(warning.to_owned())));
        assert_eq!(said(&near, &compared[..4]), (false, None));
        assert_eq!(said(&compared[..7], &compared[..7]), (false, None), "too little to compare");
        let all = [sample(&exact), compared].concat();
        let warning = "8 of 8 pictures compared were part of an earlier check";
        assert_eq!(said(&near, &all), (true, Some(warning.to_owned())));
    }
}
