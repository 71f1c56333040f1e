//! What a verification costs, as the verifier's own example measures it: in one thread, by stage, and on all processors.

use serde_json::{Map, Value};

use crate::{
    error::{Error, Result},
    run::{capture, cargo, say, step},
    workspace::Workspace,
};

/// What the example prints.
const KEYS: [&str; 3] = ["verify_ms", "verify_shares", "verify_scaling"];

/// Builds the example for release, and runs it on crops of the footage.
pub fn measure(workspace: &Workspace) -> Result<Map<String, Value>> {
    let printed = step("verification of 30 crops, release", || {
        capture(
            cargo()
                .args(["run", "--release", "--package", "liveness-verifier", "--example", "time"])
                .args(["--", "--json", "--model"])
                .arg(workspace.model())
                .current_dir(&workspace.root),
        )
    })?;
    let figures = read(&printed)?;
    say(format!(
        "30 crops in one thread: {:.0} ms of processor time, of it {:.0} % decoding, {:.0} % detection, {:.0} % signals; \
         on all processors {:.2} of as many times one",
        number(&figures["verify_ms"]),
        100.0 * number(&figures["verify_shares"]["decode"]),
        100.0 * number(&figures["verify_shares"]["detect"]),
        100.0 * number(&figures["verify_shares"]["signals"]),
        number(&figures["verify_scaling"]),
    ));
    Ok(figures)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// The example's figures; an error if any is missing.
fn read(printed: &str) -> Result<Map<String, Value>> {
    let malformed =
        |message: String| Error::Malformed { what: "the example `time`".to_owned(), message };
    let figures: Map<String, Value> =
        serde_json::from_str(printed).map_err(|error| malformed(error.to_string()))?;
    match KEYS.iter().find(|key| !figures.contains_key(**key)) {
        Some(key) => Err(malformed(format!("it says nothing of {key}"))),
        None => Ok(figures),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_figures_have_to_be_there() {
        let all = r#"{"verify_ms": 99.5, "verify_shares": {"decode": 0.1}, "verify_scaling": 0.9}"#;
        assert_eq!(number(&read(all).unwrap()["verify_ms"]), 99.5);
        assert!(
            read(&all.replace("scaling", "speed"))
                .unwrap_err()
                .to_string()
                .contains("verify_scaling")
        );
        assert!(read("30 crops").is_err());
    }
}
