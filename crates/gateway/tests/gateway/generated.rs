//! The files of the repository that are written from the table of endpoints.
//!
//! `cargo xtask generate` runs this test with `LIVENESS_GENERATE` set, and it writes the files. Otherwise it fails if one is
//! stale.

use std::path::Path;

use crate::coverage;
use liveness_gateway::api::document;
use liveness_gateway::api::openapi::{self, postman};

/// Path from the repository's root, and what the file has to hold.
fn files() -> Vec<(&'static str, String)> {
    let document = document::document();
    vec![
        ("docs/coverage.md", coverage::page()),
        ("docs/openapi.json", openapi::to_file(document)),
        ("docs/postman_collection.json", openapi::to_file(&postman::collection(document))),
    ]
}

#[test]
fn generated_files_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let write = std::env::var_os("LIVENESS_GENERATE").is_some();
    let mut stale = Vec::new();
    for (path, wanted) in files() {
        let file = root.join(path);
        if std::fs::read_to_string(&file).is_ok_and(|present| present == wanted) {
            continue;
        }
        stale.push(path);
        if write {
            std::fs::write(&file, wanted).unwrap();
        }
    }
    assert!(write || stale.is_empty(), "stale: {stale:?}; run `cargo xtask generate`");
}
