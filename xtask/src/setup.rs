//! What a build needs besides cargo: the wasm target, Node, and the npm packages of the lock file.

use std::path::PathBuf;

use crate::{
    error::{Error, Result},
    run::{capture, command, run, say, step, version_of},
    stamp::Inputs,
    workspace::Workspace,
};

/// The target all wasm modules are built for.
pub const WASM: &str = "wasm32-unknown-unknown";
/// The oldest Node that will do.
pub const NODE_MAJOR: u32 = 20;
const NODE_HELP: &str = "Install Node.js 20 or newer, with npm, and make sure `node` is on PATH.";

/// Whether the Rust toolchain has the wasm target.
pub fn has_wasm_target() -> Result<bool> {
    let sysroot = capture(command(rustc()).args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()).join("lib/rustlib").join(WASM).exists())
}

/// Adds the wasm target to the toolchain if it is absent.
pub fn wasm_target() -> Result<()> {
    if has_wasm_target()? {
        return Ok(());
    }
    if version_of("rustup", &["--version"]).is_none() {
        return Err(Error::Missing {
            what: format!("the Rust target {WASM}"),
            how:
                "Install Rust by rustup, which can add it, or add it by your toolchain's own means."
                    .to_owned(),
        });
    }
    step("add the wasm target", || run(command("rustup").args(["target", "add", WASM])))
}

/// Adds clippy to the toolchain if it is absent.
pub fn clippy() -> Result<()> {
    if version_of("clippy-driver", &["--version"]).is_some() {
        return Ok(());
    }
    step("add clippy", || run(command("rustup").args(["component", "add", "clippy"])))
}

/// The compiler's full version, an input of everything it builds.
pub fn rustc_version() -> Result<String> {
    capture(command(rustc()).arg("-vV"))
}

fn rustc() -> std::ffi::OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Node's version, if it is new enough.
pub fn node() -> Result<String> {
    let missing = |what: String| Error::Missing { what, how: NODE_HELP.to_owned() };
    let version =
        version_of("node", &["--version"]).ok_or_else(|| missing("Node.js".to_owned()))?;
    match node_major(&version) {
        Some(major) if major >= NODE_MAJOR => Ok(version),
        _ => Err(missing(format!(
            "Node.js {NODE_MAJOR} or newer (`node --version` says `{version}`)"
        ))),
    }
}

fn node_major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the npm packages by the lock file, unless those of this lock file are installed already.
pub fn npm(workspace: &Workspace) -> Result<()> {
    let node = node()?;
    let root = &workspace.root;
    let inputs = Inputs::new()
        .text("npm ci")
        .text(&node)
        .paths(root, &["package-lock.json", "package.json"])?;
    // npm writes this file itself at the end of a successful install.
    let installed = [root.join("node_modules/.package-lock.json")];
    let worked = workspace.stamps().unless_fresh("npm packages", inputs, &installed, || {
        step("npm packages", || {
            run(command("npm").args(["ci", "--ignore-scripts", "--no-progress"]).current_dir(root))
        })
    })?;
    if worked && !installed[0].exists() {
        say(
            "npm left no node_modules/.package-lock.json: the packages will be installed again next time",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_major_version() {
        assert_eq!(node_major("v20.20.2"), Some(20));
        assert_eq!(node_major("v9.0.0"), Some(9));
        assert_eq!(node_major("20.20.2"), None);
        assert_eq!(node_major(""), None);
    }
}
