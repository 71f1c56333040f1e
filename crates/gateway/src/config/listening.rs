//! The flags for where the gateway listens: the hosts that it answers to there, and who ends TLS.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::error::ConfigError;
use crate::api::http::hosts::Hosts;
use crate::api::tls::TlsFiles;

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct ListenFlags {
    /// Address and port to listen on. One that other machines reach needs `--allow-host`, and
    /// `--tls-cert` or `--plain-http behind-proxy`.
    #[arg(long, env = "LIVENESS_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// A host that requests may name, such as `liveness.example`, `*.shop.example`, or `*` for any; may be repeated. Loopback
    /// names and the address that was connected to always may.
    #[arg(long, env = "LIVENESS_ALLOW_HOST", value_delimiter = ',', value_name = "HOST")]
    pub allow_host: Vec<String>,

    /// Where requests without TLS may come from: this machine, or a proxy in front that ends TLS.
    #[arg(long, env = "LIVENESS_PLAIN_HTTP", value_enum, default_value = "loopback")]
    pub plain_http: PlainHttp,

    /// Certificate and what leads to its root, in PEM form: with it, TLS is spoken, HTTP/1.1 and HTTP/2. Read again when it
    /// changes, and on SIGHUP.
    #[arg(long, env = "LIVENESS_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, in PEM form, not encrypted.
    #[arg(long, env = "LIVENESS_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

/// Where requests without TLS may come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum PlainHttp {
    /// This machine alone.
    #[default]
    Loopback,
    /// A proxy that nobody can go around, and which ends TLS.
    BehindProxy,
}

impl ListenFlags {
    /// Checks them.
    ///
    /// # Errors
    /// [`ConfigError::Host`], [`ConfigError::HalfTls`], [`ConfigError::TlsBehindProxy`], [`ConfigError::PlainHttp`] and
    /// [`ConfigError::NoHosts`].
    pub fn check(&self) -> Result<(Hosts, Option<TlsFiles>), ConfigError> {
        let hosts = Hosts::parse(&self.allow_host).map_err(ConfigError::Host)?;
        let given =
            |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
        let tls = match (given(&self.tls_cert), given(&self.tls_key)) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err(ConfigError::HalfTls),
        };
        if tls.is_some() && self.plain_http == PlainHttp::BehindProxy {
            return Err(ConfigError::TlsBehindProxy);
        }
        let address = self.listen;
        if address.ip().to_canonical().is_loopback() {
            return Ok((hosts, tls));
        }
        if tls.is_none() && self.plain_http == PlainHttp::Loopback {
            return Err(ConfigError::PlainHttp(address));
        }
        if hosts.is_empty() {
            return Err(ConfigError::NoHosts(address));
        }
        Ok((hosts, tls))
    }
}
