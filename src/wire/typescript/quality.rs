//! What is measured, and the gates over it, for the documentation.

use std::fmt::Write as _;

use liveness_capture_core::quality::{Bound, Force, GATES, Gate, Measure};

const fn force(gate: &Gate) -> &'static str {
    match gate.force {
        Force::Blocks => "blocks",
        Force::Yields => "yields",
        Force::Advises => "advises",
        Force::Insists => "insists",
        Force::Notes => "notes",
    }
}

/// Whether the bound is a lower one; the bound before pictures are taken, and meanwhile.
const fn bounds(gate: &Gate) -> (bool, f64, f64) {
    match gate.bound {
        Bound::AtLeast { enter, leave } => (true, enter, leave),
        Bound::AtMost { enter, leave } => (false, enter, leave),
    }
}

/// The table of gates in `docs/guidance.md`.
pub(super) fn gates_table() -> String {
    let mut table =
        "| Cause | What is wrong | Measure | Before | While | Force | Rank | Told | Warning |\n\
         |---|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for gate in GATES {
        let (least, enter, leave) = bounds(gate);
        let sign = if least { '≥' } else { '≤' };
        let (cause, what) = (gate.cause.as_str(), gate.cause.description());
        let (measure, force, rank) = (gate.measure.as_str(), force(gate), gate.rank);
        let told = match gate.force {
            Force::Notes => String::new(),
            _ => format!("`{}`", gate.guidance),
        };
        let held = match gate.force {
            Force::Advises | Force::Notes => String::new(),
            _ => format!("{sign} {leave}"),
        };
        let warning = gate.warning.map_or_else(String::new, |warning| warning.text());
        let _ = writeln!(
            table,
            "| `{cause}` | {what} | `{measure}` | {sign} {enter} | {held} | {force} | {rank} \
             | {told} | {warning} |"
        );
    }
    table
}

/// What a gate is to the demo page.
const GATE_TYPE: &str = r#"
export interface Gate {
  cause: string;
  measure: string;
  /** Whether the bound is a lower one. */
  least: boolean;
  /** The bound before pictures are taken, and meanwhile. */
  enter: number;
  leave: number;
  force: "blocks" | "yields" | "advises" | "insists" | "notes";
}

/** docs/guidance.md says what each means. */
export const GATES: readonly Gate[] = [
"#;

/// The gates for the developers' panel of the demo page.
pub(super) fn gates_script() -> String {
    let mut script = [super::head::HEAD, GATE_TYPE].concat();
    for gate in GATES {
        let (least, enter, leave) = bounds(gate);
        let (cause, measure, force) = (gate.cause.as_str(), gate.measure.as_str(), force(gate));
        let _ = writeln!(
            script,
            r#"  {{ cause: "{cause}", measure: "{measure}", least: {least}, enter: {enter}, leave: {leave}, force: "{force}" }},"#
        );
    }
    script + "];\n"
}

/// The table of measures in `docs/guidance.md`.
pub(super) fn measures_table() -> String {
    let mut table = "| Measure | What it is | From |\n|---|---|---|\n".to_owned();
    for measure in Measure::ALL {
        let from = if Measure::OF_PIXELS.contains(measure) { "pixels" } else { "faces, time" };
        let _ = writeln!(table, "| `{}` | {} | {from} |", measure.as_str(), measure.description());
    }
    table
}
