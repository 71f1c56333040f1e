//! The weights: maximum a posteriori under the priors of `model.rs`, by projected gradient descent.

use crate::footage::Class;
use crate::sample::Sample;
use liveness_protocol::Verdict;
use liveness_verifier::model::{PRIOR_SPREAD, Weights};
use std::collections::{BTreeMap, BTreeSet};

const STEPS: usize = 4000;
const RATE: f64 = 0.02;

/// Fits to all samples that may be fitted to, except those of one source.
///
/// Each source counts once per class, however many clips and starts it has: ten looks at one person
/// are not ten people. Weights stay at or above 0: a signal may turn out useless, not reversed.
pub fn fit(samples: &[Sample], without: Option<&str>) -> Weights {
    let used: Vec<&Sample> = samples
        .iter()
        .filter(|s| s.fitted && s.class != Class::Other && Some(s.source.as_str()) != without)
        // What is inconclusive is never scored.
        .filter(|s| s.shipped.verdict != Verdict::Inconclusive)
        .collect();
    let mut counts = BTreeMap::new();
    for s in &used {
        *counts.entry((s.class, &s.source)).or_insert(0.0) += 1.0;
    }
    let prior = Weights::prior();
    let mut weights = prior;
    let precision = PRIOR_SPREAD.powi(-2);
    for _ in 0..STEPS {
        let mut bias = precision * (weights.bias - prior.bias);
        let mut signals: [f64; 13] =
            std::array::from_fn(|k| precision * (weights.signals[k] - prior.signals[k]));
        for s in &used {
            let leans = leans(s);
            let target = if s.class == Class::Live { 1.0 } else { 0.0 };
            let error = (weights.probability(&leans) - target) / counts[&(s.class, &s.source)];
            bias += error;
            signals.iter_mut().zip(leans).for_each(|(g, lean)| *g += error * lean);
        }
        weights.bias -= RATE * bias;
        weights.signals.iter_mut().zip(signals).for_each(|(w, g)| *w = (*w - RATE * g).max(0.0));
    }
    weights
}

/// Scores every sample by weights fitted without its source.
pub fn cross_validate(samples: &mut [Sample]) {
    let sources: BTreeSet<String> = samples.iter().map(|s| s.source.clone()).collect();
    for source in sources {
        let weights = fit(samples, Some(&source));
        for sample in samples.iter_mut().filter(|s| s.source == source) {
            let score = 100.0 * weights.probability(&leans(sample));
            // The hard rules know no weights: where one has capped the score, it caps this one too.
            let by_weights = 100.0 * liveness_verifier::model::WEIGHTS.probability(&leans(sample));
            let capped = sample.shipped.score < by_weights - 1e-9;
            sample.validated = if capped { score.min(sample.shipped.score) } else { score };
        }
    }
}

fn leans(sample: &Sample) -> [f64; 13] {
    std::array::from_fn(|k| sample.shipped.signals[k].lean)
}
