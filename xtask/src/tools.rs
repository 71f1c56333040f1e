//! Tools for the wasm tests, at pinned versions under target/tools.

use std::fs;

use crate::{
    error::{IoContext, Result},
    run::{cargo, run, step, version_of},
    wasm::{check_versions, copy},
    workspace::Workspace,
};

/// The wasm-pack that runs the wasm tests.
pub const WASM_PACK: &str = "0.15.1";
/// Our binaries and the names wasm-pack looks for: it takes the test runner that lies beside the command line
/// it found and checked. rustc refuses a crate called wasm_bindgen that is not of wasm-bindgen's own version.
const RUNNER: [(&str, &str); 2] =
    [("bindgen-cli", "wasm-bindgen"), ("bindgen-test-runner", "wasm-bindgen-test-runner")];

/// Installs whatever is absent or of another version.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    if !has_wasm_pack(workspace) {
        step("wasm-pack", || wasm_pack(workspace))?;
    }
    if !has_runner(workspace)? {
        step("wasm test runner", || runner(workspace))?;
    }
    Ok(())
}

/// Whether the pinned wasm-pack is there.
pub fn has_wasm_pack(workspace: &Workspace) -> bool {
    let tool = workspace.tools().join("wasm-pack");
    version_of(&tool.to_string_lossy(), &["--version"])
        .is_some_and(|found| is_version(&found, WASM_PACK))
}

/// Whether the test runner is there and of the version in Cargo.lock.
pub fn has_runner(workspace: &Workspace) -> Result<bool> {
    let locked = check_versions(workspace)?;
    Ok(RUNNER.iter().all(|(_, name)| {
        let tool = workspace.tools().join(name);
        version_of(&tool.to_string_lossy(), &["--version"])
            .is_some_and(|found| is_version(&found, &locked))
    }))
}

fn is_version(found: &str, wanted: &str) -> bool {
    found.split_whitespace().any(|word| word == wanted)
}

/// Unoptimised: it only starts cargo, and compiles in a third of the time.
fn wasm_pack(workspace: &Workspace) -> Result<()> {
    let root = workspace.target.join("tools");
    let build = root.join("build");
    fs::create_dir_all(&root).at(&root)?;
    run(cargo()
        .args([
            "install",
            "--locked",
            "--profile",
            "dev",
            "--version",
            WASM_PACK,
            "wasm-pack",
            "--root",
        ])
        .arg(&root)
        .env("CARGO_TARGET_DIR", &build)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
        .current_dir(&root))?;
    fs::remove_dir_all(&build).at(&build)
}

/// From our own lock file, like the driver itself, so that it cannot be of another version than the modules.
fn runner(workspace: &Workspace) -> Result<()> {
    let bins = RUNNER.iter().flat_map(|(bin, _)| ["--bin", *bin]);
    run(cargo()
        .args(["build", "--package", "xtask", "--profile", "xtask", "--features", "test-tools"])
        .args(bins)
        .current_dir(&workspace.root))?;
    RUNNER.iter().try_for_each(|(bin, name)| {
        copy(&workspace.target.join("xtask").join(bin), &workspace.tools().join(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_whole() {
        assert!(is_version("wasm-pack 0.15.1", "0.15.1"));
        assert!(is_version("wasm-bindgen-test-runner 0.2.130 (abc)", "0.2.130"));
        assert!(!is_version("wasm-pack 0.15.10", "0.15.1"));
        assert!(!is_version("", "0.15.1"));
    }
}
