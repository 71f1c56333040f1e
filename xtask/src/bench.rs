//! `cargo xtask bench`: the named benches. Native ones are criterion's, their figures collected from its own
//! files; `vision` is also measured in a browser, and `gateway` by a load of its own.

mod gateway;
mod vision;

use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};

use crate::{
    error::{Error, IoContext, Result},
    package,
    run::{cargo, run, step},
    setup::rustc_version,
    stamp::files,
    workspace::Workspace,
};

/// Runs what is not criterion's; its figures by key.
type Figures = fn(&Workspace) -> Result<Map<String, Value>>;

/// A bench by its name: all bench targets of one member, and what else measures it.
struct Bench {
    name: &'static str,
    package: &'static str,
    own: Option<Figures>,
}

impl Bench {
    const fn native(name: &'static str, package: &'static str) -> Self {
        Self { name, package, own: None }
    }
}

/// Of the report; raised when a key changes its meaning or goes.
const SCHEMA: u32 = 2;

/// All benches there are or will be.
const BENCHES: &[Bench] = &[
    Bench { name: "vision", package: "face-vision", own: Some(vision::run_browser) },
    Bench::native("capture", "liveness-capture-core"),
    Bench::native("verifier", "liveness-verifier"),
    Bench { name: "gateway", package: "liveness-gateway", own: Some(gateway::run_load) },
];

/// Runs the named bench, or all that are present; the figures go to `json` if given: those of a bench's own under their
/// keys, criterion's as a list in `benches`.
pub fn run_benches(workspace: &Workspace, name: Option<&str>, json: Option<&Path>) -> Result<()> {
    let native = |bench: &Bench| workspace.has_target(bench.package, "bench", None);
    let chosen = choose(name, |bench| bench.own.is_some() || native(bench))?;
    package::model(workspace)?;
    let rustc = rustc_version()?;
    let mut report = Map::from_iter([
        ("schema".to_owned(), json!(SCHEMA)),
        (
            "unix_time".to_owned(),
            json!(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()),
        ),
        ("rustc".to_owned(), json!(rustc.lines().next().unwrap_or_default())),
        ("cores".to_owned(), json!(std::thread::available_parallelism().map_or(1, usize::from))),
    ]);
    let mut results = Vec::new();
    for bench in chosen {
        if let Some(measure) = bench.own {
            report.extend(measure(workspace)?);
        }
        if native(bench) {
            let figures = criterion(workspace, bench)?;
            results.push(json!({ "name": bench.name, "unit": "ns", "results": figures }));
        }
    }
    report.insert("benches".to_owned(), Value::Array(results));
    let Some(path) = json else { return Ok(()) };
    fs::write(path, format!("{:#}\n", Value::Object(report))).at(path)
}

/// Runs a member's bench targets.
fn criterion(workspace: &Workspace, bench: &Bench) -> Result<Vec<Value>> {
    let began = SystemTime::now();
    // What only benches may see of a member is behind a feature of that name.
    let features: &[&str] = if vision::has_feature(&workspace.metadata, bench.package, "bench") {
        &["--features", "bench"]
    } else {
        &[]
    };
    step(&format!("bench {}, native", bench.name), || {
        run(cargo()
            .args(["bench", "--package", bench.package, "--bench", "*"])
            .args(features)
            .env("LIVENESS_MODEL_FILE", workspace.model())
            .current_dir(&workspace.root))
    })?;
    collect(&workspace.target.join("criterion"), began)
}

fn choose(name: Option<&str>, present: impl Fn(&Bench) -> bool) -> Result<Vec<&'static Bench>> {
    let known = BENCHES.iter().map(|bench| bench.name).collect::<Vec<_>>().join(", ");
    match name {
        Some(name) => {
            let bench = BENCHES.iter().find(|bench| bench.name == name).ok_or_else(|| {
                Error::Bench(format!("there is no bench `{name}`; the benches are: {known}"))
            })?;
            if present(bench) {
                Ok(vec![bench])
            } else {
                Err(Error::Bench(format!(
                    "bench `{name}`: {} has no bench target yet",
                    bench.package
                )))
            }
        }
        None => {
            let found: Vec<_> = BENCHES.iter().filter(|bench| present(bench)).collect();
            if found.is_empty() {
                return Err(Error::Bench(format!(
                    "none of the benches is in the tree yet: {known}"
                )));
            }
            Ok(found)
        }
    }
}

/// Criterion's estimates written since `began`: id, mean, median and standard deviation in nanoseconds.
fn collect(folder: &Path, began: SystemTime) -> Result<Vec<Value>> {
    let mut figures = Vec::new();
    for file in files(folder, &["report"])? {
        if !file.ends_with("new/estimates.json") {
            continue;
        }
        if fs::metadata(&file).and_then(|meta| meta.modified()).at(&file)? < began {
            continue;
        }
        let estimates = read(&file)?;
        let about = read(&file.with_file_name("benchmark.json"))?;
        let figure = |name: &str| estimates[name]["point_estimate"].clone();
        figures.push(json!({
            "id": about["full_id"],
            "mean": figure("mean"),
            "median": figure("median"),
            "std_dev": figure("std_dev"),
        }));
    }
    Ok(figures)
}

fn read(path: &Path) -> Result<Value> {
    serde_json::from_str(&fs::read_to_string(path).at(path)?).map_err(|error| Error::Malformed {
        what: path.display().to_string(),
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn benches_are_chosen_by_name_and_presence() {
        let names = |found: Vec<&Bench>| found.iter().map(|bench| bench.name).collect::<Vec<_>>();
        assert_eq!(names(choose(Some("vision"), |_| true).unwrap()), ["vision"]);
        assert_eq!(
            names(choose(None, |bench| bench.name != "gateway").unwrap()),
            ["vision", "capture", "verifier"]
        );
        let message = |found: Result<Vec<&Bench>>| found.map(names).unwrap_err().to_string();
        assert!(
            message(choose(Some("speed"), |_| true)).contains("the benches are: vision, capture")
        );
        assert!(
            message(choose(Some("vision"), |_| false)).contains("face-vision has no bench target")
        );
        assert!(message(choose(None, |_| false)).contains("none of the benches"));
    }

    #[test]
    fn figures_are_collected_from_this_run_only() {
        let folder = std::env::temp_dir().join(format!("xtask-bench-{}", std::process::id()));
        let new = folder.join("detect/640x480/new");
        fs::create_dir_all(&new).unwrap();
        fs::write(new.join("benchmark.json"), r#"{"full_id":"detect/640x480"}"#).unwrap();
        fs::write(
            new.join("estimates.json"),
            r#"{"mean":{"point_estimate":12.5},"median":{"point_estimate":12.0},"std_dev":{"point_estimate":0.5}}"#,
        )
        .unwrap();
        let earlier = SystemTime::now() - Duration::from_secs(60);
        let found = collect(&folder, earlier).unwrap();
        assert_eq!(
            found,
            [json!({ "id": "detect/640x480", "mean": 12.5, "median": 12.0, "std_dev": 0.5 })]
        );
        assert_eq!(
            collect(&folder, SystemTime::now() + Duration::from_secs(60)).unwrap(),
            [Value::Null; 0]
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
