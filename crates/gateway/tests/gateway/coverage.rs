//! What of the API is tested where: `docs/coverage.md` is written from `coverage.txt` beside this file.
//!
//! Whatever the OpenAPI document promises has to be in it, each with a test that there is. Which tests there are for
//! something, `LIVENESS_COVERED=FILE cargo test -p liveness-gateway --test gateway` appends to a file; in CI `cargo xtask test`
//! holds the table against that, but for credentials and scopes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use liveness_gateway::api::document;
use liveness_gateway::api::openapi::parts;
use liveness_gateway::api::routes::ENDPOINTS;
use liveness_protocol::ErrorCode;

use crate::common::covered::fields;

const TABLE: &str = include_str!("coverage.txt");

/// The kinds of what is covered, in the order of the document: how its entries begin, and a heading.
const KINDS: [(&str, &str); 7] = [
    ("endpoint", "Endpoints"),
    ("parameter", "Parameters"),
    ("field", "Fields of bodies"),
    ("credential", "Credentials"),
    ("scope", "Scopes of keys"),
    ("header", "Headers of answers"),
    ("error", "Error codes"),
];

/// Everything that has to be covered, as `kind what`.
fn promised() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for endpoint in &ENDPOINTS {
        all.insert(format!("endpoint {} {}", endpoint.method, endpoint.path));
        all.extend(endpoint.scope.map(|scope| format!("scope {} {scope}", endpoint.operation.id)));
        for parameter in endpoint.operation.parameters {
            let operation = endpoint.operation.id;
            all.insert(format!("parameter {operation} {} {}", parameter.place, parameter.name));
        }
    }
    for endpoint in &ENDPOINTS {
        let operation = endpoint.operation.id;
        all.extend(fields(endpoint).iter().map(|name| format!("field {operation} {name}")));
    }
    let components = &document::document()["components"];
    for (kind, part) in [("credential", "securitySchemes"), ("header", "headers")] {
        let names = components[part].as_object().unwrap().keys();
        all.extend(names.map(|name| format!("{kind} {name}")));
    }
    all.extend(ErrorCode::ALL.iter().map(|code| format!("error {code}")));
    all
}

/// The table's lines: `kind what: module::test`.
fn covered() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut covered: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let (what, test) = line.rsplit_once(": ").unwrap_or_else(|| panic!("{line}"));
        covered.entry(what).or_default().push(test);
    }
    covered
}

/// `docs/coverage.md`.
pub fn page() -> String {
    let covered = covered();
    let mut text = String::from(
        "# What is tested where\n\n\
         Everything that the [OpenAPI document](openapi.json) promises of the gateway, and a test that holds it to that. Each is \
         `module::test` of `crates/gateway/tests/gateway`, on real sockets; every answer that one of them receives is also held \
         against the document's schema for it.\n\n\
         Written from `crates/gateway/tests/gateway/coverage.txt` by `cargo xtask generate`. The suite fails where something has no \
         test, or a test is not there; in CI also where none of its tests reaches it (credentials and scopes are not noted).\n",
    );
    for (kind, heading) in KINDS {
        text.push_str(&format!("\n## {heading}\n\n| What | Test |\n|---|---|\n"));
        for (what, tests) in &covered {
            let Some(what) = what.strip_prefix(kind).and_then(|what| what.strip_prefix(' ')) else {
                continue;
            };
            let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
            text.push_str(&format!("| `{what}` | {} |\n", tests.join(", ")));
        }
    }
    text
}

#[test]
fn everything_promised_is_tested() {
    let promised = promised();
    assert!(promised.len() > parts::MODEL_HEADERS.len() + ENDPOINTS.len());
    let covered: BTreeSet<String> = covered().keys().map(|what| (*what).to_owned()).collect();
    let missing: Vec<_> = promised.difference(&covered).collect();
    let stale: Vec<_> = covered.difference(&promised).collect();
    assert!(missing.is_empty() && stale.is_empty(), "missing: {missing:#?}, stale: {stale:#?}");
    for what in &covered {
        assert!(KINDS.iter().any(|(kind, _)| what.starts_with(kind)), "{what}");
    }
}

/// A test is a function under an attribute that makes it one.
fn is_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let Some(at) = lines.iter().position(|line| {
        line.trim_start_matches("async ")
            .strip_prefix("fn ")
            .is_some_and(|rest| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
    }) else {
        return false;
    };
    let mut above = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    above.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

#[test]
fn every_test_that_is_named_is_one() {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway");
    for (what, tests) in covered() {
        for test in tests {
            let (module, name) = test.split_once("::").unwrap_or_else(|| panic!("{what}: {test}"));
            let source =
                std::fs::read_to_string(folder.join(format!("{module}.rs"))).unwrap_or_default();
            assert!(is_test(&source, name), "{what}: there is no test {test}");
        }
    }
    let source =
        "#[test]\nfn a() {}\nfn b() {}\n#[tokio::test(start_paused = true)]\nasync fn c() {}";
    assert_eq!(["a", "b", "c", "d"].map(|name| is_test(source, name)), [true, false, true, false]);
}
