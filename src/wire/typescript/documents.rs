//! The tables of the documentation.

use std::fmt::Write as _;

use liveness_protocol::ErrorCode;

use super::{quality, tables::failures};

/// A table between its two markers.
struct Place {
    begin: &'static str,
    end: &'static str,
}

const PLACE: Place = Place { begin: "<!-- errors -->", end: "<!-- /errors -->" };
const GATES: Place = Place { begin: "<!-- gates -->", end: "<!-- /gates -->" };
const MEASURES: Place = Place { begin: "<!-- measures -->", end: "<!-- /measures -->" };

impl Place {
    /// The document with its table replaced; unchanged if it lacks the markers.
    fn fill(&self, document: &str, table: &str) -> String {
        let Some((before, rest)) = document.split_once(self.begin) else {
            return document.to_owned();
        };
        let Some((_old, after)) = rest.split_once(self.end) else { return document.to_owned() };
        format!("{before}{}\n\n{table}\n{}{after}", self.begin, self.end)
    }
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `docs/errors.md`: every code a check can end with.
pub(super) fn errors(present: &str) -> String {
    let mut table = "| Code | New check helps | When |\n|---|---|---|\n".to_owned();
    for code in failures() {
        let _ =
            writeln!(table, "| `{code}` | {} | {} |", yes(code.retriable()), code.description());
    }
    PLACE.fill(present, &table)
}

/// `docs/sessions.md`: every code the gateway answers with.
pub(super) fn sessions(present: &str) -> String {
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
pub(super) fn guidance(present: &str) -> String {
    let document = GATES.fill(present, &quality::gates_table());
    MEASURES.fill(&document, &quality::measures_table())
}
