//! What the page sees of a check.

use liveness_protocol::VerdictData;
use serde::Serialize;

use super::failure::FailureView;

/// One consistent picture of the check; the shape of the package's `Snapshot`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Snapshot<'a> {
    pub state: &'a str,
    pub guidance: &'a str,
    pub message: &'a str,
    pub progress: f64,
    pub session_id: Option<&'a str>,
    pub frames_taken: u32,
    pub frames_required: u32,
    pub frames_uploaded: u32,
    pub verdict: Option<VerdictView<'a>>,
    pub error: Option<FailureView<'a>>,
}

/// The verdict in the page's spelling, and as the server sent it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerdictView<'a> {
    verdict: &'a str,
    score: f64,
    real_score: f64,
    r#type: Option<liveness_protocol::RiskBand>,
    model: Option<&'a str>,
    session_id: &'a str,
    warning: Option<&'a str>,
    warnings: Option<&'a [String]>,
    input_source: Option<&'a str>,
    created_at: Option<&'a str>,
    raw: &'a VerdictData,
}

impl<'a> From<&'a VerdictData> for VerdictView<'a> {
    fn from(raw: &'a VerdictData) -> Self {
        Self {
            verdict: raw.verdict.as_str(),
            score: raw.score,
            real_score: raw.real_score,
            r#type: raw.risk_band,
            model: raw.model.as_deref(),
            session_id: &raw.session_id,
            warning: raw.warning.as_deref(),
            warnings: raw.warnings.as_deref(),
            input_source: raw.input_source.as_deref(),
            created_at: raw.created_at.as_deref(),
            raw,
        }
    }
}
