//! The runner of the wasm tests, under target/tools.

use std::path::PathBuf;

use crate::{
    error::Result,
    run::{cargo, run, step, version_of},
    wasm::{check_versions, copy},
    workspace::Workspace,
};

/// The name of our binary, and that under which wasm-bindgen knows it: rustc refuses a crate called wasm_bindgen
/// that is not of wasm-bindgen's own version.
const BINARY: &str = "bindgen-test-runner";
const NAME: &str = "wasm-bindgen-test-runner";

/// Where it is.
pub fn runner(workspace: &Workspace) -> PathBuf {
    workspace.tools().join(NAME)
}

/// Builds it if it is absent or of another version: from our own lock file, like the driver itself, so that it
/// cannot be of another version than the modules.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    if has_runner(workspace)? {
        return Ok(());
    }
    step("wasm test runner", || {
        run(cargo()
            .args(["build", "--package", "xtask", "--profile", "xtask", "--features", "test-tools"])
            .args(["--bin", BINARY])
            .current_dir(&workspace.root))?;
        copy(&workspace.target.join("xtask").join(BINARY), &runner(workspace))
    })
}

/// Whether it is there and of the version in Cargo.lock.
pub fn has_runner(workspace: &Workspace) -> Result<bool> {
    let locked = check_versions(workspace)?;
    Ok(version_of(&runner(workspace).to_string_lossy(), &["--version"])
        .is_some_and(|found| is_version(&found, &locked)))
}

fn is_version(found: &str, wanted: &str) -> bool {
    found.split_whitespace().any(|word| word == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_whole() {
        assert!(is_version("wasm-bindgen-test-runner 0.2.130 (abc)", "0.2.130"));
        assert!(!is_version("wasm-bindgen-test-runner 0.2.13", "0.2.130"));
        assert!(!is_version("", "0.2.130"));
    }
}
