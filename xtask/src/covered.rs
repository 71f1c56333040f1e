//! That of the tests which the gateway's `coverage.txt` names for something one reaches it: they note that while they run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, IoContext as _, Result},
    workspace::Workspace,
};

/// The variable that names the file to which tests add what they reach.
pub const VARIABLE: &str = "LIVENESS_COVERED";

const TABLE: &str = "crates/gateway/tests/gateway/coverage.txt";

/// Of these no note is taken: a test is trusted to be about them.
const UNNOTED: [&str; 2] = ["credential ", "scope "];

/// The file, which is not there yet.
pub fn begin(workspace: &Workspace) -> Result<PathBuf> {
    let file = workspace.root.join("target/covered.txt");
    match fs::remove_file(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(file),
        removed => removed.at(&file).map(|()| file),
    }
}

/// Holds the table against what has been noted.
pub fn check(workspace: &Workspace, noted: &Path) -> Result<()> {
    let table = workspace.root.join(TABLE);
    let (table, noted) =
        (fs::read_to_string(&table).at(&table)?, fs::read_to_string(noted).at(noted)?);
    let violations = unreached(&table, &noted);
    if violations.is_empty() {
        return Ok(());
    }
    Err(Error::Violations { check: "what no test reaches that is named for it", violations })
}

/// What none of its tests has reached.
fn unreached(table: &str, noted: &str) -> Vec<String> {
    let noted: BTreeSet<&str> = noted.lines().collect();
    let lines = table.lines().filter(|line| !UNNOTED.iter().any(|kind| line.starts_with(kind)));
    let mut reached = BTreeMap::new();
    for line in lines {
        let Some((what, _)) = line.rsplit_once(": ") else { continue };
        *reached.entry(what).or_insert(false) |= noted.contains(line);
    }
    reached.into_iter().filter(|(_, reached)| !reached).map(|(what, _)| what.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_test_has_noted_is_found() {
        let table = "endpoint GET /a: a::b\nendpoint GET /a: a::c\nfield a b: a::b\n\ncredential key: a::c\n";
        assert_eq!(unreached(table, "field a b: a::b\n"), ["endpoint GET /a"]);
        // Another test's note says nothing of the one that is named.
        assert_eq!(unreached(table, "endpoint GET /a: a::c\nfield a b: a::c\n"), ["field a b"]);
        assert!(unreached(table, "field a b: a::b\nendpoint GET /a: a::b\n").is_empty());
    }
}
