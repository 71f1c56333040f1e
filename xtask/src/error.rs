//! What can go wrong in the driver, each with what to do about it.

use std::{io, path::PathBuf};

/// A failure of the driver or of a tool it ran.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line was not understood.
    #[error("{0}\n\n{usage}", usage = crate::usage::USAGE)]
    Usage(String),
    /// A tool could not be started.
    #[error("could not start `{program}`: {source}")]
    Spawn { program: String, source: io::Error },
    /// A tool ran and failed; it has already said why.
    #[error("`{command}` ended with {status}")]
    Command { command: String, status: String },
    /// A file or folder could not be read or written.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    /// A tool's output or a file is not what it should be.
    #[error("{what}: {message}")]
    Malformed { what: String, message: String },
    /// Something the machine needs is absent and we cannot install it.
    #[error("{what} is missing. {how}")]
    Missing { what: String, how: String },
    /// The wasm glue would not fit the module.
    #[error(
        "wasm-bindgen is {runtime} in Cargo.lock but wasm-bindgen-cli-support is {support}. \
         They must be the same: set both to one version in Cargo.toml and xtask/Cargo.toml"
    )]
    BindgenVersions { runtime: String, support: String },
    /// wasm-bindgen refused the module.
    #[error("wasm-bindgen could not make the glue for `{module}`: {message}")]
    Bindgen { module: String, message: String },
    /// The detector's model could not be fetched or converted.
    #[error("model: {0}")]
    Model(String),
    /// A check found violations, each on its own line.
    #[error("{check}: {count} violation(s)\n  {list}", count = .violations.len(), list = .violations.join("\n  "))]
    Violations { check: &'static str, violations: Vec<String> },
    /// The named bench is not known or not in the tree.
    #[error("{0}")]
    Bench(String),
    /// The port asked for is taken.
    #[error(
        "cannot listen on 127.0.0.1:{port}: {source}. Choose another with `cargo xtask demo --port N`"
    )]
    Port { port: u16, source: io::Error },
    /// Steps of the test suite failed; the summary has named them.
    #[error("{0} step(s) failed")]
    Steps(usize),
}

/// The driver's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Gives an I/O error the path it is about.
pub trait IoContext<T> {
    /// Turns an `io::Error` into [`Error::Io`].
    fn at(self, path: impl Into<PathBuf>) -> Result<T>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, path: impl Into<PathBuf>) -> Result<T> {
        self.map_err(|source| Error::Io { path: path.into(), source })
    }
}
