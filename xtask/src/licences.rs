//! Licences, bans and sources of every dependency, by the rules of deny.toml.
//!
//! cargo-deny reads the same file, but takes longer to compile than everything else together. The advisory
//! database is behind a git host and is not consulted.

use std::fs;

use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::{
    error::{Error, IoContext, Result},
    run::say,
    workspace::{Workspace, list, metadata},
};

/// The part of deny.toml that is checked here.
#[derive(serde::Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
}

#[derive(serde::Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// Licences that one package may have.
#[derive(serde::Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(serde::Deserialize)]
struct Ban {
    name: String,
    #[serde(default)]
    reason: String,
}

/// A dependency as cargo or npm describe it.
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    licence: Option<&'a str>,
    /// Where cargo gets it from; `None` for our own crates and for npm's packages.
    source: Option<&'a str>,
}

/// Checks all dependencies of cargo, with all features, and all of npm.
pub fn check(workspace: &Workspace) -> Result<()> {
    let path = workspace.path("deny.toml");
    let rules: Rules = toml::from_str(&fs::read_to_string(&path).at(&path)?).map_err(|error| {
        Error::Malformed { what: "deny.toml".to_owned(), message: error.to_string() }
    })?;

    let cargo = metadata(&workspace.root, &["--all-features"])?;
    let lock = workspace.path("package-lock.json");
    let npm: Value =
        serde_json::from_str(&fs::read_to_string(&lock).at(&lock)?).map_err(|error| {
            Error::Malformed { what: "package-lock.json".to_owned(), message: error.to_string() }
        })?;

    let crates: Vec<Package<'_>> = list(&cargo["packages"])
        .filter(|found| found["source"].is_string())
        .map(of_cargo)
        .collect();
    let modules = of_npm(&npm);
    let mut violations = rules.violations(&crates);
    violations.extend(rules.violations(&modules));
    if violations.is_empty() {
        say(format!(
            "licences: {} crates and {} npm packages are fine (advisories: not consulted)",
            crates.len(),
            modules.len()
        ));
        Ok(())
    } else {
        Err(Error::Violations { check: "licences", violations })
    }
}

fn of_cargo(found: &Value) -> Package<'_> {
    Package {
        name: found["name"].as_str().unwrap_or_default(),
        version: found["version"].as_str().unwrap_or_default(),
        licence: found["license"].as_str(),
        source: found["source"].as_str(),
    }
}

/// The installed packages of package-lock.json, without our own workspaces.
fn of_npm(lock: &Value) -> Vec<Package<'_>> {
    let packages = lock["packages"].as_object().into_iter().flatten();
    packages
        .filter_map(|(path, found)| {
            let (_, name) = path.rsplit_once("node_modules/")?;
            let version = found["version"].as_str()?;
            (found["link"] != Value::Bool(true)).then(|| Package {
                name,
                version,
                licence: found["license"].as_str(),
                source: None,
            })
        })
        .collect()
}

impl Rules {
    fn violations(&self, packages: &[Package<'_>]) -> Vec<String> {
        packages.iter().filter_map(|package| self.violation(package)).collect()
    }

    fn violation(&self, package: &Package<'_>) -> Option<String> {
        let Package { name, version, .. } = package;
        if let Some(ban) = self.bans.deny.iter().find(|ban| ban.name == *name) {
            return Some(format!("{name} {version} is banned: {}", ban.reason));
        }
        if let Some(source) = package.source
            && !source.starts_with("registry+")
            && !source.starts_with("sparse+")
        {
            return Some(format!("{name} {version} comes from {source}, not from a registry"));
        }
        let Some(licence) = package.licence else {
            return Some(format!("{name} {version} names no licence"));
        };
        match Expression::parse_mode(licence, ParseMode::LAX) {
            Err(error) => Some(format!(
                "{name} {version}: `{licence}` is not a licence expression: {}",
                error.reason
            )),
            Ok(expression) if expression.evaluate(|needed| self.allows(name, needed)) => None,
            Ok(_) => Some(format!("{name} {version}: {licence} is not allowed")),
        }
    }

    fn allows(&self, name: &str, needed: &LicenseReq) -> bool {
        let needed = needed.to_string();
        let own = self.licenses.exceptions.iter().filter(|exception| exception.name == name);
        own.map(|exception| &exception.allow)
            .chain([&self.licenses.allow])
            .any(|allow| allow.contains(&needed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(licence: Option<&str>, name: &str, source: Option<&str>) -> Option<String> {
        let rules: Rules = toml::from_str(
            "[licenses]\nallow = [\"MIT\", \"Apache-2.0\", \"Apache-2.0 WITH LLVM-exception\", \"Unicode-3.0\"]\n\
             exceptions = [{ crate = \"a-tool\", allow = [\"MPL-2.0\"] }]\n\
             [bans]\ndeny = [{ name = \"openssl-sys\", reason = \"use rustls\" }]\n",
        )
        .unwrap();
        rules.violation(&Package { name, version: "1.0.0", licence, source })
    }

    #[test]
    fn expressions_are_weighed_against_the_allowed() {
        for fine in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(violation(Some(fine), "a", Some("registry+here")), None, "{fine}");
        }
        for bad in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MPL-2.0", "no such thing"] {
            assert!(violation(Some(bad), "a", None).unwrap().contains(bad), "{bad}");
        }
        assert!(violation(None, "a", None).unwrap().contains("names no licence"));
        assert_eq!(violation(Some("MPL-2.0"), "a-tool", None), None);
        assert!(violation(Some("GPL-3.0-only"), "a-tool", None).is_some());
    }

    #[test]
    fn bans_and_sources() {
        assert!(violation(Some("MIT"), "openssl-sys", None).unwrap().contains("use rustls"));
        assert!(
            violation(Some("MIT"), "a", Some("git+somewhere"))
                .unwrap()
                .contains("not from a registry")
        );
        assert_eq!(violation(Some("MIT"), "a", Some("sparse+here")), None);
    }

    #[test]
    fn npm_packages_are_listed_without_our_own() {
        let lock = serde_json::json!({ "packages": {
            "": { "version": "0.1.0" },
            "pkg": { "version": "0.1.0", "license": "MIT" },
            "node_modules/liveness-capture": { "resolved": "pkg", "link": true },
            "node_modules/@esbuild/linux-x64": { "version": "0.28.2", "license": "MIT" },
            "node_modules/nameless": { "version": "1.0.0" },
        }});
        let mut found: Vec<_> = of_npm(&lock)
            .iter()
            .map(|found| (found.name.to_owned(), found.licence.is_some()))
            .collect();
        found.sort();
        assert_eq!(
            found,
            [("@esbuild/linux-x64".to_owned(), true), ("nameless".to_owned(), false)]
        );
    }
}
