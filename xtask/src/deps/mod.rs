//! `cargo xtask check-deps`: dependencies point one way only, between crates and between files; pure crates
//! stay pure, files stay short.

mod cycles;
mod modules;
mod sources;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use cycles::Cycle;

use crate::{
    error::{Error, IoContext, Result},
    run::say,
    workspace::{Workspace, list},
};

/// Which members a member may depend on, directly; every kind of dependency counts.
const ALLOWED: &[(&str, &[&str])] = &[
    ("liveness-protocol", &[]),
    ("liveness-capture-core", &["liveness-protocol"]),
    ("inventory", &[]),
    ("face-vision", &[]),
    ("liveness-verifier", &["liveness-protocol", "face-vision"]),
    ("liveness-gateway", &["liveness-protocol", "face-vision", "liveness-verifier"]),
    (
        "liveness-capture",
        &["liveness-protocol", "liveness-capture-core", "face-vision", "inventory"],
    ),
    ("xtask", &[]),
];

/// The only member that may name the browser.
const BROWSER_CRATE: &str = "liveness-capture";
/// Dependencies that name the browser, by the beginning of their names.
const BROWSER_DEPENDENCIES: &[&str] =
    &["web-sys", "js-sys", "wasm-bindgen", "serde-wasm-bindgen", "gloo", "tsify"];
/// The driver makes the glue and runs the tests, which is not naming the browser.
const DRIVER_MAY: &[&str] = &["wasm-bindgen-cli-support", "wasm-bindgen-cli"];

/// TypeScript of our own.
const SCRIPTS: &[&str] = &["js/src", "www/src"];

/// A longer file is worth a look, and from the second figure on an error.
const LONG_FILE: (usize, usize) = (400, 450);

/// Checks the whole workspace.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut violations: Vec<String> =
        list(&workspace.metadata["packages"]).flat_map(edges).collect();
    let mut scripts = BTreeMap::new();
    let mut count = 0;
    for file in sources::all(&workspace.root)? {
        let text = fs::read_to_string(workspace.path(&file)).at(&file)?;
        let lines = text.lines().count();
        if lines > LONG_FILE.1 {
            violations.push(format!("{} has {lines} lines; split it", file.display()));
        } else if lines > LONG_FILE.0 {
            say(format!("warning: {} has {lines} lines", file.display()));
        }
        violations.extend(lines_of(&file, &text));
        if SCRIPTS.iter().any(|folder| file.starts_with(folder)) {
            scripts.insert(file, text);
        }
        count += 1;
    }
    let mut cycles = cycles_of_crates(workspace);
    cycles.extend(cycles::between_scripts(&scripts));
    violations.extend(cycles::violations(&cycles));
    if violations.is_empty() {
        say(format!(
            "dependency direction: {count} files and every member's dependencies are fine"
        ));
        Ok(())
    } else {
        Err(Error::Violations { check: "dependency direction", violations })
    }
}

/// What only a member's tests may depend on besides.
const TESTS_MAY: &[(&str, &str)] = &[
    // Real clips, as the worker sees them.
    ("liveness-capture-core", "face-vision"),
];

/// Cycles between files, in every target of every member; targets may share files.
fn cycles_of_crates(workspace: &Workspace) -> BTreeSet<Cycle> {
    let targets =
        list(&workspace.metadata["packages"]).flat_map(|package| list(&package["targets"]));
    let roots = targets.filter_map(|target| {
        let path = Path::new(target["src_path"].as_str()?);
        path.strip_prefix(&workspace.root).ok().map(Path::to_owned)
    });
    let read = |file: &Path| fs::read_to_string(workspace.path(file)).ok();
    roots.flat_map(|root: PathBuf| cycles::between_modules(&root, &read)).collect()
}

fn lines_of(file: &Path, text: &str) -> Vec<String> {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("rs") => sources::impurities(file, text),
        _ => sources::foreign_imports(file, text),
    }
}

/// What is wrong with a member's dependencies.
fn edges(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some((_, allowed)) = ALLOWED.iter().find(|(member, _)| *member == name) else {
        return vec![format!(
            "{name} is a new member: say in xtask/src/deps/mod.rs what it may depend on"
        )];
    };
    let dependencies = list(&package["dependencies"])
        .filter_map(|dependency| Some((dependency["name"].as_str()?, dependency["kind"] == "dev")));
    dependencies
        .filter_map(|(dependency, for_tests)| {
            let member = ALLOWED.iter().any(|(member, _)| *member == dependency);
            let excused = for_tests && TESTS_MAY.contains(&(name, dependency));
            if member && !allowed.contains(&dependency) && !excused {
                return Some(format!("{name} must not depend on {dependency}"));
            }
            let browser = BROWSER_DEPENDENCIES.iter().any(|prefix| dependency.starts_with(prefix));
            let excused =
                name == BROWSER_CRATE || (name == "xtask" && DRIVER_MAY.contains(&dependency));
            (browser && !excused).then(|| {
                format!(
                    "{name} must not depend on {dependency}: only {BROWSER_CRATE} names the browser"
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Value {
        let dependencies: Vec<Value> =
            dependencies.iter().map(|name| json!({ "name": name })).collect();
        json!({ "name": name, "dependencies": dependencies })
    }

    /// The members by the names that ARCHITECTURE.md has for them, with what each may depend on.
    fn documented() -> Vec<(&'static str, Vec<&'static str>)> {
        let text = include_str!("../../../ARCHITECTURE.md");
        let short = |name: &str| match name {
            "protocol" => "liveness-protocol",
            "capture" => "liveness-capture-core",
            "vision" => "face-vision",
            "verifier" => "liveness-verifier",
            other => panic!("ARCHITECTURE.md: {other}"),
        };
        let rows = text.lines().filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, _, package, _, dependencies, _] = cells[..] else { return None };
            let member = package.trim_matches('`');
            ALLOWED.iter().any(|(name, _)| *name == member).then_some((member, dependencies))
        });
        rows.map(|(member, dependencies)| {
            let names = dependencies.split(", ").filter(|name| *name != "-");
            (member, names.map(short).collect())
        })
        .collect()
    }

    /// What ARCHITECTURE.md promises is let through, and nothing else between members.
    #[test]
    fn members_depend_on_what_the_architecture_says() {
        let documented = documented();
        assert_eq!(documented.len(), ALLOWED.len(), "each member has its row");
        for (member, dependencies) in &documented {
            assert_eq!(edges(&package(member, dependencies)), [""; 0], "{member}");
            // What takes a crate's place is no room of the architecture.
            let others = documented.iter().map(|(other, _)| other);
            for other in others.filter(|other| **other != "inventory") {
                let refused = edges(&package(member, &[other]));
                assert_eq!(refused.is_empty(), dependencies.contains(other), "{member} -> {other}");
            }
        }
    }

    #[test]
    fn what_names_the_browser_is_for_the_wasm_crate_and_its_driver() {
        let wasm = package("liveness-capture", &["web-sys", "wasm-bindgen", "serde"]);
        assert_eq!(edges(&wasm), [""; 0]);
        let driver = package("xtask", &["wasm-bindgen-cli-support", "wasm-bindgen-cli"]);
        assert_eq!(edges(&driver), [""; 0]);
        assert_eq!(
            edges(&package("newcomer", &[])).len(),
            1,
            "a member that nobody has thought of"
        );
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (place, (member, allowed)) in ALLOWED.iter().enumerate() {
            for name in *allowed {
                assert!(
                    ALLOWED[..place].iter().any(|(earlier, _)| earlier == name),
                    "{member} -> {name}"
                );
            }
        }
    }

    #[test]
    fn only_the_wasm_crate_names_the_browser() {
        for dependency in [
            "web-sys",
            "js-sys",
            "wasm-bindgen",
            "wasm-bindgen-futures",
            "gloo-net",
            "serde-wasm-bindgen",
        ] {
            for member in [
                "liveness-protocol",
                "liveness-capture-core",
                "face-vision",
                "liveness-gateway",
                "xtask",
            ] {
                assert_eq!(
                    edges(&package(member, &[dependency])).len(),
                    1,
                    "{member} -> {dependency}"
                );
            }
        }
    }

    #[test]
    fn a_new_member_has_to_be_listed() {
        assert!(edges(&package("liveness-new", &[]))[0].contains("new member"));
    }
}
