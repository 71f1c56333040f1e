//! `docs/errors.md` lists every failure of ours.

use liveness_capture_core::FailureCode;

#[test]
fn every_failure_is_documented() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
    let text = std::fs::read_to_string(path).expect("docs/errors.md");
    for code in FailureCode::OWN {
        let retriable = if code.retriable() { "yes" } else { "no" };
        let row = format!("| `{code}` | {retriable} |");
        assert!(text.lines().any(|line| line.starts_with(&row)), "no row begins with {row}");
    }
}
