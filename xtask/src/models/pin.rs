//! Which file a model is converted from, and proof that it is that file.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the source of a model could not be taken.
#[derive(Debug, Error)]
pub enum PinError {
    /// A file could not be read.
    #[error("cannot read {}: {source}{}", path.display(), hint)]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What to do about it, if known.
        hint: &'static str,
    },
    /// The pin or the package description is not what it should be.
    #[error("{}: {reason}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// Another version of the package is installed.
    #[error("{package} {found} is installed, {expected} is pinned: run `npm ci`")]
    Version {
        /// The npm package.
        package: String,
        /// Installed version.
        found: String,
        /// Pinned version.
        expected: String,
    },
    /// The file's bytes are not the pinned ones.
    #[error("{}: sha256 is {found}, pinned is {expected}; the model is not converted", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// Its digest, hexadecimal.
        found: String,
        /// The pinned digest.
        expected: String,
    },
}

/// `models/<name>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// npm package that carries the file.
    pub package: String,
    /// Its exact version.
    pub version: String,
    /// The file inside the package.
    pub file: String,
    /// Its SHA-256, lowercase hexadecimal.
    pub sha256: String,
    /// SPDX identifier of its licence.
    pub licence: String,
}

#[derive(Deserialize)]
struct PackageJson {
    version: String,
}

impl Pin {
    /// Reads a pin.
    pub fn load(path: &Path) -> Result<Self, PinError> {
        let text = String::from_utf8_lossy(&read(path, "")?).into_owned();
        toml::from_str(&text)
            .map_err(|error| PinError::Parse { path: path.to_owned(), reason: error.to_string() })
    }

    /// The pinned bytes out of `node_modules`, after checking version and digest.
    pub fn source(&self, node_modules: &Path) -> Result<Vec<u8>, PinError> {
        const HINT: &str = " (run `npm ci` first)";
        let folder = node_modules.join(&self.package);
        let manifest = folder.join("package.json");
        let package: PackageJson = serde_json::from_slice(&read(&manifest, HINT)?)
            .map_err(|error| PinError::Parse { path: manifest, reason: error.to_string() })?;
        if package.version != self.version {
            let (found, expected) = (package.version, self.version.clone());
            return Err(PinError::Version { package: self.package.clone(), found, expected });
        }
        let path = folder.join(&self.file);
        let bytes = read(&path, HINT)?;
        let found: String =
            Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != self.sha256 {
            return Err(PinError::Digest { path, found, expected: self.sha256.clone() });
        }
        Ok(bytes)
    }

    /// One line about where the model comes from.
    pub fn origin(&self) -> String {
        format!("{} of npm package {} {} ({})", self.file, self.package, self.version, self.licence)
    }
}

fn read(path: &Path, hint: &'static str) -> Result<Vec<u8>, PinError> {
    std::fs::read(path).map_err(|source| PinError::Read { path: path.to_owned(), source, hint })
}
