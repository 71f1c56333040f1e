//! What the gateway counts, in the Prometheus text format.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The media type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds for requests, in seconds.
const REQUEST_SECONDS: [f64; 10] = [0.001, 0.005, 0.02, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0];

/// Bounds for checks, in seconds.
const CHECK_SECONDS: [f64; 9] = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 15.0, 55.0];

/// A label whose values are few and known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Word(String);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        self.0.as_str().encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: Word,
    path: Word,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PathLabel {
    path: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    backend: Word,
    outcome: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BackendLabel {
    backend: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabel {
    limit: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: Word,
}

struct Inner {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<PathLabel, Histogram, fn() -> Histogram>,
    refusals: Family<CodeLabel, Counter>,
    checks: Family<OutcomeLabels, Counter>,
    check_seconds: Histogram,
    checks_running: Gauge,
    requests_running: Gauge,
    body_bytes_free: Gauge,
    checks_waiting: Gauge,
    connections: Gauge,
    connections_limited: Family<LimitLabel, Counter>,
    connections_broken: Family<ReasonLabel, Counter>,
    /// Empty where there is no upstream.
    upstream_asked: Family<BackendLabel, Gauge>,
}

/// Counts. Cheap to clone; all clones count together.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

/// What is only known when somebody asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels {
    /// Requests under way.
    pub requests: usize,
    /// Bytes that request bodies may still take in memory.
    pub body_bytes_free: usize,
    /// Checks that wait for their turn.
    pub checks_waiting: usize,
    /// Whether the upstream is asked, or left alone since it keeps failing; without an upstream neither.
    pub upstream_asked: Option<bool>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("liveness");
        let requests = Family::default();
        registry.register("requests", "Requests answered", requests.clone());
        let histogram: fn() -> Histogram = || Histogram::new(REQUEST_SECONDS);
        let seconds = Family::new_with_constructor(histogram);
        let help = "Time from a request's head to its answer's";
        registry.register_with_unit("request", help, Unit::Seconds, seconds.clone());
        let refusals = Family::default();
        registry.register("refusals", "Requests answered with an error code", refusals.clone());
        let checks = Family::default();
        registry.register("checks", "Checks that ended, by verdict or error code", checks.clone());
        let check_seconds = Histogram::new(CHECK_SECONDS);
        let help = "Time that checks took";
        registry.register_with_unit("check", help, Unit::Seconds, check_seconds.clone());
        let [checks_running, requests_running, body_bytes_free, checks_waiting, connections] =
            [(); 5].map(|()| Gauge::default());
        registry.register("checks_running", "Checks under way", checks_running.clone());
        registry.register("requests_running", "Requests under way", requests_running.clone());
        let help = "Memory that request bodies may still take";
        registry.register_with_unit("body_free", help, Unit::Bytes, body_bytes_free.clone());
        let help = "Checks that wait for their turn";
        registry.register("checks_waiting", help, checks_waiting.clone());
        registry.register("connections", "Connections that are open", connections.clone());
        let connections_limited = Family::default();
        let help = "How often a limit of connections was met";
        registry.register("connections_limited", help, connections_limited.clone());
        let connections_broken = Family::default();
        let help = "Connections that ended in no good order";
        registry.register("connections_broken", help, connections_broken.clone());
        let upstream_asked = Family::default();
        let help = "1 while the upstream is asked, 0 while it is left alone since it keeps failing";
        registry.register("upstream_asked", help, upstream_asked.clone());
        Self(Arc::new(Inner {
            registry,
            requests,
            seconds,
            refusals,
            checks,
            check_seconds,
            checks_running,
            requests_running,
            body_bytes_free,
            checks_waiting,
            connections,
            connections_limited,
            connections_broken,
            upstream_asked,
        }))
    }
}

/// A check that runs; whoever drops it without an outcome has given it up.
pub struct RunningCheck {
    metrics: Metrics,
    backend: &'static str,
    ended: bool,
}

/// A connection that is open, until this is dropped.
pub struct OpenConnection(Metrics);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.0.connections.dec();
    }
}

impl Metrics {
    /// Counts a connection that is open.
    pub fn connection_begins(&self) -> OpenConnection {
        self.0.connections.inc();
        OpenConnection(self.clone())
    }

    /// Counts that a limit of connections was met.
    pub fn connection_limited(&self, limit: &'static str) {
        let limit = Word(limit.to_owned());
        self.0.connections_limited.get_or_create(&LimitLabel { limit }).inc();
    }

    /// Counts a connection that has ended in no good order.
    pub fn connection_broken(&self, reason: &'static str) {
        let reason = Word(reason.to_owned());
        self.0.connections_broken.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// Counts an answer. `path` is the pattern, never what was sent; so is `method`.
    pub fn answered(
        &self,
        method: &str,
        path: &str,
        status: u16,
        code: Option<&'static str>,
        took: Duration,
    ) {
        let word = |text: &str| Word(text.to_owned());
        let labels = RequestLabels { method: word(method), path: word(path), status };
        self.0.requests.get_or_create(&labels).inc();
        let labels = PathLabel { path: word(path) };
        self.0.seconds.get_or_create(&labels).observe(took.as_secs_f64());
        if let Some(code) = code {
            self.0.refusals.get_or_create(&CodeLabel { code: word(code) }).inc();
        }
    }

    /// Counts a check that begins.
    pub fn check_begins(&self, backend: &'static str) -> RunningCheck {
        self.0.checks_running.inc();
        RunningCheck { metrics: self.clone(), backend, ended: false }
    }

    /// How often each error code has been answered, the most frequent first.
    pub fn refusals(&self) -> Vec<(String, u64)> {
        // A family can be written, and not read.
        let text = self.text(Levels::default()).unwrap_or_default();
        let of_line = |line: &str| {
            let rest = line.strip_prefix("liveness_refusals_total{code=\"")?;
            let (code, number) = rest.split_once("\"} ")?;
            Some((code.to_owned(), number.parse().ok()?))
        };
        let mut refusals: Vec<(String, u64)> = text.lines().filter_map(of_line).collect();
        refusals.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        refusals
    }

    /// Everything, as text.
    pub fn text(&self, levels: Levels) -> Result<String, std::fmt::Error> {
        let gauge = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.0.requests_running.set(gauge(levels.requests));
        self.0.body_bytes_free.set(gauge(levels.body_bytes_free));
        self.0.checks_waiting.set(gauge(levels.checks_waiting));
        if let Some(asked) = levels.upstream_asked {
            self.0
                .upstream_asked
                .get_or_create(&BackendLabel { backend: Word("upstream".to_owned()) })
                .set(i64::from(asked));
        }
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

impl RunningCheck {
    /// It has ended, with a verdict or an error code.
    pub fn ended(mut self, outcome: &str, took: Duration) {
        self.ended = true;
        self.count(outcome);
        self.metrics.0.check_seconds.observe(took.as_secs_f64());
    }

    fn count(&self, outcome: &str) {
        let labels = OutcomeLabels {
            backend: Word(self.backend.to_owned()),
            outcome: Word(outcome.to_owned()),
        };
        self.metrics.0.checks.get_or_create(&labels).inc();
    }
}

impl Drop for RunningCheck {
    fn drop(&mut self) {
        self.metrics.0.checks_running.dec();
        if !self.ended {
            self.count("given_up");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_in_the_text() {
        let metrics = Metrics::default();
        let second = Duration::from_secs(1);
        metrics.answered("GET", "/health", 200, None, second);
        metrics.answered("PUT", "/x/{id}", 413, Some("payload_too_large"), second);
        let running = metrics.check_begins("local");
        let levels = Levels { requests: 3, body_bytes_free: 7, ..Levels::default() };
        let text = metrics.text(levels).unwrap();
        assert!(text.contains("liveness_checks_running 1\n"), "{text}");
        running.ended("live", second);
        drop(metrics.check_begins("local"));
        assert!(!text.contains("liveness_upstream_asked{"), "there is none");
        let levels = Levels { checks_waiting: 2, upstream_asked: Some(false), ..levels };
        let text = metrics.text(levels).unwrap();
        for line in [
            "liveness_requests_total{method=\"GET\",path=\"/health\",status=\"200\"} 1",
            "liveness_request_seconds_bucket{le=\"0.3\",path=\"/health\"} 0",
            "liveness_request_seconds_bucket{le=\"1.0\",path=\"/health\"} 1",
            "liveness_refusals_total{code=\"payload_too_large\"} 1",
            "liveness_checks_total{backend=\"local\",outcome=\"live\"} 1",
            "liveness_checks_total{backend=\"local\",outcome=\"given_up\"} 1",
            "liveness_check_seconds_count 1",
            "liveness_checks_running 0",
            "liveness_requests_running 3",
            "liveness_body_free_bytes 7",
            "liveness_checks_waiting 2",
            "liveness_upstream_asked{backend=\"upstream\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        for _ in 0..2 {
            metrics.answered("GET", "/x", 404, Some("not_found"), second);
        }
        let refusals = metrics.refusals();
        let expected = [("not_found".to_owned(), 2), ("payload_too_large".to_owned(), 1)];
        assert_eq!(refusals, expected);
    }
}
