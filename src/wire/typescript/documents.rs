//! The tables of the documentation.

use std::fmt::Write as _;

use liveness_capture_core::{FailureCode, SessionConfig};
use liveness_protocol::ErrorCode;

use super::{quality, tables::failures};

/// A table between its two markers.
struct Place {
    begin: &'static str,
    end: &'static str,
}

/// The marker that a document lacks.
#[derive(Debug, PartialEq, Eq)]
pub struct Lost(pub &'static str);

const PLACE: Place = Place { begin: "<!-- errors -->", end: "<!-- /errors -->" };
const PAUSES: Place = Place { begin: "<!-- pauses -->", end: "<!-- /pauses -->" };
const GATES: Place = Place { begin: "<!-- gates -->", end: "<!-- /gates -->" };
const MEASURES: Place = Place { begin: "<!-- measures -->", end: "<!-- /measures -->" };

impl Place {
    /// The document with its table replaced. Without both markers there is no place for it, which must not pass for one that is
    /// up to date.
    fn fill(&self, document: &str, table: &str) -> Result<String, Lost> {
        let (before, rest) = document.split_once(self.begin).ok_or(Lost(self.begin))?;
        let (_old, after) = rest.split_once(self.end).ok_or(Lost(self.end))?;
        Ok(format!("{before}{}\n\n{table}\n{}{after}", self.begin, self.end))
    }
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `docs/errors.md`: every code a check can end with.
pub(super) fn errors(present: &str) -> Result<String, Lost> {
    let mut table = "| Code | New check helps | When |\n|---|---|---|\n".to_owned();
    for code in failures() {
        let (retriable, when) = (yes(code.retriable()), code.description());
        // The page has no code of its own for it.
        let own = if code == FailureCode::Api(ErrorCode::SessionExpired) {
            " Or nobody came back to the check."
        } else {
            ""
        };
        let _ = writeln!(table, "| `{code}` | {retriable} | {when}{own} |");
    }
    PAUSES.fill(&PLACE.fill(present, &table)?, &pauses())
}

/// How long a check waits for a person who does not come back, or for a muted camera.
fn pauses() -> String {
    let (usual, background) = (SessionConfig::default(), SessionConfig::default().in_background());
    let mut table = "| What is waited for | Minutes in all | In the background | Then |\n\
                     |---|---|---|---|\n"
        .to_owned();
    let hidden = [usual.hidden_timeout_ms, background.hidden_timeout_ms];
    let source = [usual.source_pause_timeout_ms, background.source_pause_timeout_ms];
    for (what, limits, end) in [
        ("The page is hidden", hidden, "`session_expired`"),
        ("The browser plays nothing without a tap", source, "`session_expired`"),
        ("The camera is muted", source, "`frames_stalled`, or `camera_timeout` before it is open"),
    ] {
        let [usual, background] = limits.map(|ms| ms / 60_000.0);
        let _ = writeln!(table, "| {what} | {usual} | {background} | {end} |");
    }
    table
}

/// `docs/sessions.md`: every code the gateway answers with.
pub(super) fn sessions(present: &str) -> Result<String, Lost> {
    let mut table =
        "| Code | Status | When | Sent again | New check helps |\n|---|---|---|---|---|\n"
            .to_owned();
    for &code in ErrorCode::ALL {
        let (again, retriable) = (yes(code.again()), yes(code.retriable()));
        let (status, when) = (code.status(), code.description());
        let _ = writeln!(table, "| `{code}` | {status} | {when} | {again} | {retriable} |");
    }
    PLACE.fill(present, &table)
}

/// `docs/guidance.md`: every gate, every measure.
pub(super) fn guidance(present: &str) -> Result<String, Lost> {
    let document = GATES.fill(present, &quality::gates_table())?;
    MEASURES.fill(&document, &quality::measures_table())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_without_a_marker_has_no_place_for_its_table() {
        let whole = "Codes.\n<!-- errors -->\n\nold\n<!-- /errors -->\nEnd.\n";
        assert_eq!(
            PLACE.fill(whole, "new").as_deref(),
            Ok("Codes.\n<!-- errors -->\n\nnew\n<!-- /errors -->\nEnd.\n")
        );
        for marker in [PLACE.begin, PLACE.end] {
            assert_eq!(PLACE.fill(&whole.replace(marker, ""), "new"), Err(Lost(marker)));
        }
    }
}
