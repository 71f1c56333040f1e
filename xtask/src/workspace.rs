//! The workspace: where things are, and the versions its lock file names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    error::{Error, IoContext, Result},
    run::{capture, cargo},
    stamp::Stamps,
};

/// The converted model's weights, as `models::build` leaves them.
const MODEL: &str = "target/models/blazeface_short_range.bin";

/// Where the workspace and its build output are.
pub struct Workspace {
    /// The folder of the root Cargo.toml.
    pub root: PathBuf,
    /// cargo's target folder, wherever it is configured to be.
    pub target: PathBuf,
    /// What `cargo metadata --no-deps` says.
    pub metadata: Value,
}

impl Workspace {
    /// Finds the workspace this driver was built in.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().unwrap_or(&manifest).to_owned();
        let metadata = metadata(&root, &["--no-deps"])?;
        let target = metadata["target_directory"]
            .as_str()
            .map(PathBuf::from)
            .ok_or_else(|| malformed("cargo metadata", "it names no target directory"))?;
        Ok(Self { root, target, metadata })
    }

    /// A path under the root.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// Where pinned tools are installed.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools/bin")
    }

    /// Where the stamps of finished steps lie.
    pub fn stamps(&self) -> Stamps {
        Stamps::in_dir(self.target.join("stamps"))
    }

    /// The detector's weights.
    pub fn model(&self) -> PathBuf {
        self.path(MODEL)
    }

    /// The development build of the gateway.
    pub fn gateway(&self) -> PathBuf {
        self.target.join("debug/liveness-gateway")
    }

    /// The one version of a package in Cargo.lock.
    pub fn locked(&self, package: &str) -> Result<String> {
        let path = self.path("Cargo.lock");
        locked_version(&fs::read_to_string(&path).at(&path)?, package)
    }

    /// Whether a member has a target of this kind ("bench", "example") and, if given, of this name.
    pub fn has_target(&self, package: &str, kind: &str, name: Option<&str>) -> bool {
        list(&self.metadata["packages"]).filter(|found| found["name"] == package).any(|found| {
            list(&found["targets"]).any(|target| {
                list(&target["kind"]).any(|found| found == kind)
                    && name.is_none_or(|name| target["name"] == name)
            })
        })
    }
}

/// Runs `cargo metadata`.
pub fn metadata(root: &Path, args: &[&str]) -> Result<Value> {
    let text =
        capture(cargo().args(["metadata", "--format-version", "1"]).args(args).current_dir(root))?;
    serde_json::from_str(&text).map_err(|error| malformed("cargo metadata", &error.to_string()))
}

/// The elements of a JSON array, none if it is something else.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn malformed(what: &str, message: &str) -> Error {
    Error::Malformed { what: what.to_owned(), message: message.to_owned() }
}

fn locked_version(lock: &str, package: &str) -> Result<String> {
    let lock: toml::Table =
        lock.parse().map_err(|error| malformed("Cargo.lock", &format!("{error}")))?;
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let versions: Vec<&str> = packages
        .filter(|found| found.get("name").and_then(toml::Value::as_str) == Some(package))
        .filter_map(|found| found.get("version").and_then(toml::Value::as_str))
        .collect();
    match versions[..] {
        [version] => Ok(version.to_owned()),
        [] => Err(malformed("Cargo.lock", &format!("{package} is not in it"))),
        _ => Err(malformed("Cargo.lock", &format!("{package} is in it {} times", versions.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_one_version() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\n\
                    [[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        assert_eq!(locked_version(lock, "a").unwrap(), "1.2.3");
        assert!(locked_version(lock, "b").unwrap_err().to_string().contains("2 times"));
        assert!(locked_version(lock, "c").unwrap_err().to_string().contains("c is not in it"));
        assert!(locked_version("[[", "a").is_err());
    }

    #[test]
    fn this_workspace_is_found() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.path("xtask/Cargo.toml").exists());
        assert!(workspace.has_target("xtask", "bin", Some("xtask")));
        assert!(!workspace.has_target("xtask", "bench", None));
        assert_eq!(
            workspace.locked("wasm-bindgen").unwrap(),
            workspace.locked("wasm-bindgen-cli-support").unwrap()
        );
    }
}
