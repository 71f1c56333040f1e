//! A stand-in for either engine.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use liveness_gateway::backend::{BackendError, Capabilities, CheckBackend, Load};
use liveness_gateway::domain::check::{CheckReply, CheckRequest, ModelNotices};
use liveness_gateway::domain::clock::iso8601;
use liveness_gateway::domain::mode::Engine;
use liveness_gateway::domain::models::ResolvedModel;
use liveness_protocol::{RiskBand, Verdict, VerdictData};
use tokio::sync::Notify;
use tokio::time::Instant;

/// A backend that answers as it is told, and remembers what it was asked.
#[derive(Default)]
pub struct FakeBackend {
    pub checks: AtomicUsize,
    pub requests: Mutex<Vec<CheckRequest>>,
    /// Failures to give first, in order.
    pub failures: Mutex<VecDeque<BackendError>>,
    /// When set, a check waits for it.
    pub gate: Mutex<Option<Arc<Notify>>>,
    pub panics: AtomicUsize,
    /// How many checks have ended, or been given up.
    pub ended: AtomicUsize,
    /// Whether a check is one that is paid for.
    pub paid: bool,
    /// When set, it says that it asks nobody for so long.
    pub rests: Mutex<Option<Duration>>,
    /// Verdicts to give first, with their scores, in order.
    pub verdicts: Mutex<VecDeque<(Verdict, f64)>>,
}

impl FakeBackend {
    /// One whose checks are paid for.
    pub fn paid() -> Arc<Self> {
        Arc::new(Self { paid: true, ..Self::default() })
    }

    /// One that gives these verdicts first.
    pub fn deciding(verdicts: impl IntoIterator<Item = (Verdict, f64)>) -> Arc<Self> {
        let verdicts = Mutex::new(verdicts.into_iter().collect());
        Arc::new(Self { verdicts, ..Self::default() })
    }

    /// How many checks it was asked for.
    pub fn asked(&self) -> usize {
        self.checks.load(Ordering::SeqCst)
    }
}

/// Counts its drop.
struct Ended<'a>(&'a AtomicUsize);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl CheckBackend for FakeBackend {
    fn capabilities(&self) -> Capabilities {
        let paid = self.paid;
        Capabilities {
            engine: if paid { Engine::Upstream } else { Engine::Local },
            decodes: !paid,
            knows_other_models: paid,
            paid,
            max_pictures: 120,
        }
    }

    fn runs(&self, model: &ResolvedModel) -> Option<String> {
        (model.min_frames <= 120).then(|| format!("local-1-{}", model.min_frames))
    }

    fn load(&self) -> Load {
        let ended = self.ended.load(Ordering::SeqCst);
        let running = self.checks.load(Ordering::SeqCst).saturating_sub(ended);
        Load { running, waiting: 0, at_once: None }
    }

    fn rests(&self) -> Option<Duration> {
        *self.rests.lock().unwrap()
    }

    async fn check(&self, request: CheckRequest, _: Instant) -> Result<CheckReply, BackendError> {
        self.checks.fetch_add(1, Ordering::SeqCst);
        let _ended = Ended(&self.ended);
        let mut verdict = verdict(&request.session_id.to_string(), request.pictures.count() as u32);
        if let Some((word, score)) = self.verdicts.lock().unwrap().pop_front() {
            (verdict.verdict, verdict.score, verdict.real_score) = (word, score, score / 100.0);
        }
        self.requests.lock().unwrap().push(request);
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        if self.panics.load(Ordering::SeqCst) > 0 {
            self.panics.fetch_sub(1, Ordering::SeqCst);
            panic!("the backend was told to");
        }
        match self.failures.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => Ok(CheckReply::new(verdict, ModelNotices::default())),
        }
    }
}

pub fn verdict(session_id: &str, frames: u32) -> VerdictData {
    VerdictData {
        verdict: Verdict::Live,
        confidence: Some(0.87),
        real_score: 0.87,
        score: 87.0,
        risk_band: Some(RiskBand::VeryHigh),
        session_id: session_id.to_owned(),
        model: Some(format!("local-1-{frames}")),
        input_source: Some("rest_crops".into()),
        processing_ms: Some(12),
        frames_processed: Some(frames),
        tenant_metadata: None,
        warning: None,
        warnings: None,
        created_at: Some(iso8601(0)),
    }
}
