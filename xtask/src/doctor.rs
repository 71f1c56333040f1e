//! `cargo xtask doctor`: what is missing on this machine and how to get it.

use crate::{
    debian, disk,
    error::{Error, Result},
    run::version_of,
    setup::{self, WASM},
    tools, wasm,
    workspace::Workspace,
};

/// The state of one thing.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Present.
    Fine(String),
    /// Absent, but the command that needs it gets it.
    Later(String),
    /// Absent, and only a person can get it.
    Missing(String),
}

/// Prints the state of everything; an error if something is missing that no command of ours can get.
pub fn examine(workspace: &Workspace) -> Result<()> {
    let found = findings(workspace);
    for (name, state) in &found {
        println!("{}", line(name, state));
    }
    let missing: Vec<String> = found
        .iter()
        .filter(|(_, state)| matches!(state, State::Missing(_)))
        .map(|(name, state)| line(name, state).trim().to_owned())
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Error::Violations { check: "doctor", violations: missing })
    }
}

fn line(name: &str, state: &State) -> String {
    match state {
        State::Fine(version) => format!("  ok       {name}: {version}"),
        State::Later(when) => format!("  later    {name}: {when}"),
        State::Missing(how) => format!("  MISSING  {name}: {how}"),
    }
}

fn findings(workspace: &Workspace) -> Vec<(&'static str, State)> {
    let mut found = vec![
        ("Rust", tool("rustc", "install Rust by rustup")),
        ("C compiler", tool("cc", &debian::help(&["build-essential"]))),
        ("Rust target", rust_target()),
        (
            "Node.js",
            setup::node().map_or_else(|error| State::Missing(error.to_string()), State::Fine),
        ),
        ("npm", tool("npm", "it comes with Node.js")),
        (
            "npm packages",
            file(
                workspace,
                "node_modules/.package-lock.json",
                "by `cargo xtask demo`, from package-lock.json",
            ),
        ),
        (
            "wasm-bindgen",
            wasm::check_versions(workspace)
                .map_or_else(|error| State::Missing(error.to_string()), State::Fine),
        ),
        (
            "model",
            file(workspace, "target/models/blazeface_short_range.bin", "by `cargo xtask models`"),
        ),
        ("package", file(workspace, "pkg/dist/index.js", "by `cargo xtask build`")),
    ];
    found.extend(disk::state(&workspace.root).map(|free| ("disk", State::Fine(free))));
    found.extend(debian::BROWSER.map(|program| (program.name, browser(program))));
    found.push((
        "wasm test runner",
        match tools::has_runner(workspace) {
            Ok(there) => pinned(there, "the version in Cargo.lock"),
            Err(error) => State::Missing(error.to_string()),
        },
    ));
    found.push((
        "test footage",
        file(
            workspace,
            "../shared/testdata/manifest.json",
            "not part of the repository; tests that need it say that they skip",
        ),
    ));
    found
}

fn tool(name: &str, how: &str) -> State {
    version_of(name, &["--version"]).map_or_else(|| State::Missing(how.to_owned()), State::Fine)
}

fn rust_target() -> State {
    match setup::has_wasm_target() {
        Ok(true) => State::Fine(WASM.to_owned()),
        Ok(false) if version_of("rustup", &["--version"]).is_some() => {
            State::Later(format!("{WASM} is added by `cargo xtask demo`"))
        }
        Ok(false) => State::Missing(format!("{WASM}: install Rust by rustup, which can add it")),
        Err(error) => State::Missing(error.to_string()),
    }
}

fn file(workspace: &Workspace, path: &str, how: &str) -> State {
    if workspace.path(path).exists() {
        State::Fine(path.to_owned())
    } else {
        State::Later(how.to_owned())
    }
}

fn browser(program: debian::Program) -> State {
    match debian::which(program.name) {
        Some(path) => State::Fine(path.display().to_string()),
        None => State::Later(format!(
            "by `cargo xtask test`, with apt-get. {}",
            debian::help(&[program.package])
        )),
    }
}

fn pinned(there: bool, version: &str) -> State {
    if there {
        State::Fine(version.to_owned())
    } else {
        State::Later("by `cargo xtask test`, under target/tools".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_the_three_states_apart() {
        assert_eq!(line("npm", &State::Fine("11".into())), "  ok       npm: 11");
        assert_eq!(line("model", &State::Later("soon".into())), "  later    model: soon");
        assert_eq!(
            line("Node.js", &State::Missing("install it".into())),
            "  MISSING  Node.js: install it"
        );
        assert_eq!(tool("no-such-tool-anywhere", "get it"), State::Missing("get it".into()));
    }

    #[test]
    fn the_machine_that_runs_this_can_build() {
        let found = findings(&Workspace::find().unwrap());
        let state = |wanted: &str| &found.iter().find(|(name, _)| *name == wanted).unwrap().1;
        assert!(matches!(state("Rust"), State::Fine(_)));
        assert!(matches!(state("C compiler"), State::Fine(_)));
        assert!(matches!(state("wasm-bindgen"), State::Fine(_)));
    }
}
