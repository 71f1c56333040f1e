//! Pictures that have been part of an earlier check. A camera never makes the same picture twice, to the last bit, so whoever
//! shows one again shows a recording. One in which enough pictures were changed is not known again: anybody can compute the
//! prints, and which of them are compared.

use std::collections::BTreeSet;

use clap::ValueEnum;
use liveness_protocol::{RiskBand, Source, Verdict, VerdictData};

use super::check::{CheckReply, CheckRequest, ModelNotices, joined};
use super::clock::{UnixMillis, iso8601};
use super::mode::Engine;
use super::pictures::print::Print;

/// How many pictures of each check are remembered, and compared.
const SAMPLE: usize = 8;

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
    /// Pictures that are the same as another of this check.
    pub repeated: usize,
}

/// The pictures by which a check is known again: those of the smallest prints, which are the same ones whatever the order.
pub fn sample(prints: &[Print]) -> Vec<Print> {
    let different: BTreeSet<Print> = prints.iter().copied().collect();
    different.into_iter().take(SAMPLE).collect()
}

impl Sighting {
    /// Of a check with these pictures, of which the store knows so many of the [`sample`].
    pub fn new(prints: &[Print], known: usize) -> Self {
        let different = prints.iter().collect::<BTreeSet<_>>().len();
        Self { compared: different.min(SAMPLE), known, repeated: prints.len() - different }
    }

    /// Whether it is a recording that is shown again: a camera that stood still for a moment shares a picture or two with
    /// nobody, so half of those that are compared is more than enough.
    pub const fn is_replay(self) -> bool {
        self.known > 0 && 2 * self.known >= self.compared
    }

    /// What there is to say about it.
    pub fn warning(self) -> Option<String> {
        let Self { compared, known, repeated } = self;
        let known = (known > 0).then(|| {
            format!("{known} of {compared} pictures compared were part of an earlier check")
        });
        let repeated = (repeated > 0)
            .then(|| format!("{repeated} pictures are the same as another of this check"));
        joined(known, repeated)
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
            let sighting = Sighting { compared, known, repeated: 0 };
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
        Sighting::new(&twice, 1).tell(&mut verdict);
        assert_eq!(
            verdict.warning.as_deref(),
            Some(
                "tight; 1 of 2 pictures compared were part of an earlier check; \
                 1 pictures are the same as another of this check"
            )
        );
    }
}
