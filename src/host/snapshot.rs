//! What the page sees of a check.

use liveness_protocol::VerdictData;
use serde::Serialize;

use super::failure::FailureView;

/// One consistent picture of the check. The package's `Snapshot`, but for its verdict, which is the
/// server's own.
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
    pub verdict: Option<&'a VerdictData>,
    pub error: Option<FailureView<'a>>,
}
