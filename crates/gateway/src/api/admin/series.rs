//! Counts by hour and tenant, brought together for plots and tables.

use std::collections::BTreeMap;

use liveness_protocol::Verdict;

use crate::domain::audit::OutcomeCount;

const NUMBER: usize = Verdict::ALL.len() + 1;

/// What the parts of a bar stand for: each verdict, and at the end checks that failed.
pub const KINDS: [&str; NUMBER] = kinds();

const fn kinds() -> [&'static str; NUMBER] {
    let mut kinds = ["failed"; NUMBER];
    let mut at = 0;
    while at < Verdict::ALL.len() {
        kinds[at] = Verdict::ALL[at].as_str();
        at += 1;
    }
    kinds
}

/// How many checks ended in each of [`KINDS`].
pub type Counts = [u64; NUMBER];

/// Where an outcome belongs; every error code is a failure.
fn kind(outcome: &str) -> usize {
    KINDS.iter().position(|kind| *kind == outcome).unwrap_or(KINDS.len() - 1)
}

fn total(counts: &Counts) -> u64 {
    counts.iter().sum()
}

/// Checks of a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its first hour, from 1970.
    pub hour: u64,
    /// How they ended.
    pub counts: Counts,
}

/// Consecutive stretches of `hours` each, the last of which has the hour `now` in it; days begin at midnight.
pub fn spans(outcomes: &[OutcomeCount], now: u64, hours: u64, number: u64) -> Vec<Span> {
    let last = now / hours;
    let first = (last + 1).saturating_sub(number);
    let mut spans: Vec<Span> =
        (first..=last).map(|span| Span { hour: span * hours, counts: Counts::default() }).collect();
    for OutcomeCount { outcome, checks } in outcomes {
        let place = (outcome.hour / hours).checked_sub(first);
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(span) = place.and_then(|place| spans.get_mut(place)) {
            span.counts[kind(&outcome.outcome)] += checks;
        }
    }
    spans
}

/// All of them together.
pub fn sum<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Counts {
    let mut sum = Counts::default();
    for span in spans {
        sum.iter_mut().zip(span.counts).for_each(|(sum, count)| *sum += count);
    }
    sum
}

/// Which part of the checks failed, in per cent with one digit; `None` of none.
pub fn failed_share(counts: &Counts) -> Option<String> {
    let (failed, all) = (counts[KINDS.len() - 1], total(counts));
    (all > 0).then(|| format!("{:.1} %", failed as f64 * 100.0 / all as f64))
}

/// How many checks each tenant has had since this hour.
pub fn by_tenant(outcomes: &[OutcomeCount], from_hour: u64) -> BTreeMap<&str, u64> {
    let mut tenants = BTreeMap::new();
    for OutcomeCount { outcome, checks } in outcomes {
        if outcome.hour >= from_hour {
            *tenants.entry(&*outcome.tenant).or_default() += checks;
        }
    }
    tenants
}

/// How often each error code has ended a check, the most frequent first.
pub fn errors(outcomes: &[OutcomeCount]) -> Vec<(&str, u64)> {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for OutcomeCount { outcome, checks } in outcomes {
        if !KINDS.contains(&&*outcome.outcome) {
            *codes.entry(&outcome.outcome).or_default() += checks;
        }
    }
    let mut codes: Vec<_> = codes.into_iter().collect();
    codes.sort_by_key(|(_, checks)| std::cmp::Reverse(*checks));
    codes
}

/// The number at the top of a plot's axis: the next of 1, 2 or 5 times a power of ten, at least 4.
pub fn top(most: u64) -> u64 {
    let mut power = 1;
    loop {
        for step in [1, 2, 5] {
            let top = step * power;
            if top >= most.max(4) {
                return top;
            }
        }
        power *= 10;
    }
}

/// The most checks of one stretch.
pub fn most(spans: &[Span]) -> u64 {
    spans.iter().map(|span| total(&span.counts)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::HourlyOutcome;

    fn count(hour: u64, tenant: &str, outcome: &str, checks: u64) -> OutcomeCount {
        let outcome = HourlyOutcome { hour, tenant: tenant.into(), outcome: outcome.into() };
        OutcomeCount { outcome, checks }
    }

    #[test]
    fn counts_are_those_of_their_span() {
        let outcomes = [
            count(23, "a", "live", 1),
            count(24, "a", "live", 2),
            count(47, "b", "fake", 3),
            count(48, "a", "upstream_timeout", 4),
            count(48, "a", "inconclusive", 4),
            count(49, "a", "live", 9),
        ];
        let days = spans(&outcomes[..5], 48, 24, 2);
        let day = |hour, counts| Span { hour, counts };
        assert_eq!(days, [day(24, [2, 3, 0, 0]), day(48, [0, 0, 4, 4])]);
        assert_eq!(sum(&days), [2, 3, 4, 4]);
        assert_eq!((most(&days), failed_share(&sum(&days)).as_deref()), (8, Some("30.8 %")));
        let hours = spans(&outcomes, 48, 1, 3);
        assert_eq!(hours.len(), 3);
        assert_eq!(hours[2], day(48, [0, 0, 4, 4]), "what comes later is not in it");
        assert_eq!(failed_share(&hours[0].counts), None);
        assert_eq!(spans(&[], 1, 24, 30).len(), 1, "nothing is before 1970");
        assert_eq!(by_tenant(&outcomes, 24), BTreeMap::from([("a", 19), ("b", 3)]));
        assert_eq!(errors(&outcomes), [("upstream_timeout", 4)]);
    }

    #[test]
    fn an_axis_ends_with_a_round_number() {
        for (most, expected) in [(0, 5), (4, 5), (5, 5), (6, 10), (11, 20), (21, 50), (501, 1000)] {
            assert_eq!(top(most), expected, "{most}");
        }
    }
}
