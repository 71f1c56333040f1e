//! The crates meant for others, as cargo would publish them.

use serde_json::Value;

use crate::{
    error::{Error, Result},
    run::{capture, cargo, run, say},
    workspace::{Workspace, list},
};

/// What every published crate carries besides its sources.
const FILES: [&str; 4] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "src/lib.rs"];
/// The most keywords and categories a registry takes.
const MOST_WORDS: usize = 5;

/// Checks what is said of the crates, and packs them without compiling them again.
pub fn check(workspace: &Workspace) -> Result<()> {
    let members: Vec<&Value> = list(&workspace.metadata["packages"]).collect();
    let published: Vec<&str> = members.iter().copied().filter_map(published).collect();
    let mut violations = violations(&members);
    for name in &published {
        let mut list = cargo();
        list.args(["package", "--list", "--allow-dirty", "--package", name]);
        let listed = capture(list.current_dir(&workspace.root))?;
        violations.extend(missing(name, &listed));
    }
    if !violations.is_empty() {
        return Err(Error::Violations { check: "crates for others", violations });
    }
    // Not compiled again, which takes minutes; the workspace has just been. A folder of its own: `cargo xtask
    // package` clears target/package.
    let mut package = cargo();
    package.args(["package", "--quiet", "--no-verify", "--allow-dirty", "--target-dir"]);
    package.arg(workspace.target.join("crates"));
    for name in &published {
        package.args(["--package", name]);
    }
    run(package.current_dir(&workspace.root))?;
    say(format!("crates: {} can be published", published.join(", ")));
    Ok(())
}

/// The name of a crate that may be published: cargo lists no registries for it, not even none.
fn published(package: &Value) -> Option<&str> {
    package["publish"].is_null().then(|| package["name"].as_str()).flatten()
}

/// What a registry would refuse, and users would miss.
fn violations(members: &[&Value]) -> Vec<String> {
    let mut found = Vec::new();
    for package in members.iter().copied() {
        let Some(name) = published(package) else { continue };
        let mut fails = |what: String| found.push(format!("{name}: {what}"));
        for field in ["description", "license", "readme", "rust_version"] {
            if package[field].as_str().is_none_or(str::is_empty) {
                fails(format!("no {field}"));
            }
        }
        for field in ["keywords", "categories"] {
            let words = list(&package[field]).count();
            if words == 0 || words > MOST_WORDS {
                fails(format!("{words} {field}"));
            }
        }
        for dependency in list(&package["dependencies"]) {
            // Those for tests alone are left out of what is published if they have no version.
            if dependency["path"].is_null() || dependency["kind"] == "dev" {
                continue;
            }
            let other = dependency["name"].as_str().unwrap_or_default();
            let Some(used) = members.iter().find(|member| member["name"] == other) else {
                continue;
            };
            if published(used).is_none() {
                fails(format!("needs {other}, which is not published"));
            }
            let version = used["version"].as_str().unwrap_or_default();
            if dependency["req"] != *format!("^{version}") {
                fails(format!("needs {other} {}, not {version}", dependency["req"]));
            }
        }
    }
    found
}

/// Which of the files that must be in a crate its list lacks.
fn missing(name: &str, listed: &str) -> Vec<String> {
    let lacks = |file: &&&str| !listed.lines().any(|line| line == **file);
    FILES.iter().filter(lacks).map(|file| format!("{name}: {file} is not packed")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str) -> Value {
        serde_json::json!({
            "name": name, "version": "1.2.3", "publish": null, "description": "d", "license": "MIT",
            "readme": "README.md", "rust_version": "1.91", "keywords": ["a"], "categories": ["b"],
            "dependencies": [],
        })
    }

    fn with(mut package: Value, field: &str, value: Value) -> Value {
        package[field] = value;
        package
    }

    fn needs(other: &str, req: &str, kind: Option<&str>) -> Value {
        serde_json::json!([{ "name": other, "req": req, "kind": kind, "path": "/there" }])
    }

    #[test]
    fn whatever_is_missing_is_named() {
        assert_eq!(violations(&[&package("a")]), [""; 0]);
        for (field, value) in [
            ("description", Value::Null),
            ("license", Value::Null),
            ("readme", Value::Null),
            ("rust_version", "".into()),
            ("keywords", serde_json::json!([])),
            ("keywords", serde_json::json!(["1", "2", "3", "4", "5", "6"])),
            ("categories", serde_json::json!([])),
        ] {
            let found = violations(&[&with(package("a"), field, value)]);
            assert!(found.len() == 1 && found[0].contains(field), "{field}: {found:?}");
        }
        let private = with(package("a"), "publish", serde_json::json!([]));
        assert_eq!(violations(&[&with(private, "description", Value::Null)]), [""; 0]);
    }

    #[test]
    fn a_crate_is_published_with_what_it_needs_in_the_same_version() {
        let found = |req, kind, publish| {
            let user = with(package("a"), "dependencies", needs("b", req, kind));
            violations(&[&user, &with(package("b"), "publish", publish)])
        };
        assert_eq!(found("^1.2.3", None, Value::Null), [""; 0]);
        assert!(found("^1.2.2", None, Value::Null)[0].contains("not 1.2.3"));
        assert!(found("*", None, Value::Null)[0].contains("not 1.2.3"));
        assert!(found("^1.2.3", None, serde_json::json!([]))[0].contains("not published"));
        assert_eq!(found("*", Some("dev"), serde_json::json!([])), [""; 0]);
    }

    #[test]
    fn licences_and_readme_must_be_packed() {
        assert_eq!(missing("a", &FILES.join("\n")), [""; 0]);
        assert_eq!(missing("a", "README.md\nLICENSE-MIT\nsrc/lib.rs").len(), 1);
    }

    #[test]
    fn this_workspaces_crates_are_described() {
        let workspace = Workspace::find().unwrap();
        let members: Vec<&Value> = list(&workspace.metadata["packages"]).collect();
        assert_eq!(violations(&members), [""; 0]);
        let mut names: Vec<_> = members.iter().copied().filter_map(published).collect();
        names.sort_unstable();
        let expected = [
            "face-vision",
            "liveness-capture-core",
            "liveness-gateway",
            "liveness-protocol",
            "liveness-verifier",
        ];
        assert_eq!(names, expected);
    }
}
