//! The npm packages, packed: `target/package/*.tgz`.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{
    error::{Error, IoContext, Result},
    package,
    run::{command, run, say, step},
    wasm::copy,
    workspace::Workspace,
};

/// The folders of the packages.
const PACKAGES: [&str; 2] = ["pkg", "pkg/onnx"];

/// What a package may list besides what is built: from where, and its name there.
const TEXTS: [(&str, &str); 4] = [
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("models/LICENSE-Apache-2.0.txt", "LICENSE-MODEL"),
    ("CHANGELOG.md", "CHANGELOG.md"),
];

/// Builds the packages and packs them. npm runs `pkg/check.mjs` first, which refuses an unfinished one.
pub fn pack(workspace: &Workspace) -> Result<()> {
    package::build(workspace)?;
    check_versions(workspace)?;
    let folder = folder(workspace);
    step("pack", || {
        if folder.exists() {
            fs::remove_dir_all(&folder).at(&folder)?;
        }
        fs::create_dir_all(&folder).at(&folder)?;
        for package in PACKAGES {
            let list = workspace.path(package).join("contents.txt");
            let listed = fs::read_to_string(&list).at(&list)?;
            for (from, name) in
                TEXTS.iter().filter(|(_, name)| listed.lines().any(|line| line == *name))
            {
                copy(&workspace.path(from), &workspace.path(package).join(name))?;
            }
            run(command("npm")
                .args(["pack", "--silent", "--pack-destination"])
                .arg(&folder)
                .current_dir(workspace.path(package)))?;
        }
        Ok(())
    })?;
    say(format!("packed in {}", folder.display()));
    Ok(())
}

/// Where the packages are packed to.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("package")
}

/// The workspace's version is the only one: those of the npm packages must be the same.
fn check_versions(workspace: &Workspace) -> Result<()> {
    let expected = version(workspace)?;
    let mut violations = Vec::new();
    for package in PACKAGES {
        let path = workspace.path(package).join("package.json");
        let text = fs::read_to_string(&path).at(&path)?;
        let manifest: Value = serde_json::from_str(&text).map_err(|error| Error::Malformed {
            what: path.display().to_string(),
            message: error.to_string(),
        })?;
        if manifest["version"] != *expected {
            violations.push(format!("{package}: {} is not {expected}", manifest["version"]));
        }
    }
    if violations.is_empty() {
        return Ok(());
    }
    Err(Error::Violations { check: "versions of the npm packages (Cargo.toml has it)", violations })
}

fn version(workspace: &Workspace) -> Result<String> {
    let mut packages = crate::workspace::list(&workspace.metadata["packages"]);
    let root = packages.find(|package| package["name"] == "liveness-capture");
    let version = root.and_then(|package| package["version"].as_str());
    version.map(str::to_owned).ok_or_else(|| Error::Missing {
        what: "the root package's version".to_owned(),
        how: "Cargo.toml must have one.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_packages_have_the_workspaces_version() {
        let workspace = Workspace::find().unwrap();
        assert!(version(&workspace).unwrap().starts_with("0."));
        check_versions(&workspace).unwrap();
    }
}
