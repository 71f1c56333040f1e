//! Where the database is, who we are there, and whether the way to it is encrypted.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::whole;

/// How long one address may take to be connected to, unless the URL says it (`connect_timeout`): of several hosts, or addresses of
/// one, the next is tried then, while there is still time.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1500);

/// How long it may take to make a connection, whichever of the hosts are silent: with what a request waits for one less than an
/// operation has in all (`PATIENCE`).
pub(super) const MAKE: Duration = Duration::from_secs(8);

/// How long the other end may be silent until a connection counts as broken.
const SILENCE: Duration = Duration::from_secs(10);

/// For each connection: nothing waits for ever, whoever holds a lock.
const OPTIONS: &str =
    "-c statement_timeout=10s -c lock_timeout=10s -c idle_in_transaction_session_timeout=15s";

/// Why a text is no URL of a database. No part of it that may be secret is in any message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// It names no host.
    #[error("it names no host")]
    NoHost,
    /// It names no database.
    #[error("it names no database")]
    NoDatabase,
    /// `sslmode` is neither of the two that say whether there is TLS.
    #[error("sslmode is disable, or verify-full (the certificate is always checked)")]
    SslMode,
    /// `sslrootcert` without TLS.
    #[error("sslrootcert has no use with sslmode=disable")]
    UnusedRoot,
}

/// The URL of a PostgreSQL database. Its `Debug` and `Display` forms show no password.
#[derive(Clone)]
pub struct PostgresUrl {
    config: Box<Config>,
    tls: Tls,
}

#[derive(Clone)]
enum Tls {
    Off,
    /// With the certificates of this file as roots, or the system's.
    On(Option<PathBuf>),
}

impl PostgresUrl {
    /// Whether a text is meant to be one.
    pub fn is_meant(text: &str) -> bool {
        ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
    }

    /// Reads `postgres://user:password@host:port/database`. `sslmode` decides about TLS; without it there is TLS unless
    /// the host is this machine.
    ///
    /// # Errors
    /// See [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut root) = (None, None);
        let mut rest = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", _)) => {
                    let value = url::form_urlencoded::parse(part.as_bytes()).next();
                    root = value.map(|(_, value)| PathBuf::from(value.into_owned()));
                }
                _ => rest.push(part),
            }
        }
        let says_attributes = rest.iter().any(|part| part.starts_with("target_session_attrs="));
        let mut config: Config = format!("{base}?{}", rest.join("&"))
            .parse()
            .map_err(|error: tokio_postgres::Error| UrlError::Unreadable(whole(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(UrlError::NoHost);
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(UrlError::NoDatabase);
        }
        let tls = match mode {
            None if root.is_none() && config.get_hosts().iter().all(is_here) => Tls::Off,
            Some("disable") if root.is_some() => return Err(UrlError::UnusedRoot),
            Some("disable") => Tls::Off,
            None | Some("verify-full" | "require") => Tls::On(root),
            Some(_) => return Err(UrlError::SslMode),
        };
        config.ssl_mode(match tls {
            Tls::Off => SslMode::Disable,
            Tls::On(_) => SslMode::Require,
        });
        let options = match config.get_options() {
            Some(own) => format!("{OPTIONS} {own}"),
            None => OPTIONS.to_owned(),
        };
        let each = config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT);
        let hosts = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
        // However long is given to each, there is time for the last of several.
        config.connect_timeout(if hosts > 1 {
            each.min(MAKE / hosts.saturating_add(1))
        } else {
            each
        });
        if !says_attributes {
            // A standby takes connections, and nothing else.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config
            .options(options)
            .application_name("liveness-gateway")
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE);
        Ok(Self { config: Box::new(config), tls })
    }

    /// Whether a password is part of it.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// How long it may take to be connected where one of two hosts, or of two addresses of one, says nothing.
    pub(super) fn time_to_connect(&self) -> Duration {
        let each = self.config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT);
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(u32::MAX);
        each.saturating_mul(hosts.max(2)) + Duration::from_secs(1)
    }

    /// For connections.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// What encrypts connections, if anything does.
    ///
    /// # Errors
    /// When the roots cannot be read; says why.
    pub(super) fn tls(&self) -> Result<MakeRustlsConnect, String> {
        let mut roots = RootCertStore::empty();
        match &self.tls {
            Tls::Off => {}
            Tls::On(None) => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
                if roots.is_empty() {
                    return Err("the system has no root certificates".to_owned());
                }
            }
            Tls::On(Some(path)) => {
                let unusable = |why: String| format!("sslrootcert {path:?}: {why}");
                let certificates = CertificateDer::pem_file_iter(path)
                    .map_err(|error| unusable(error.to_string()))?;
                for certificate in certificates {
                    let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
                    roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
                }
                if roots.is_empty() {
                    return Err(unusable("no certificate is in it".to_owned()));
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

/// Whether a host is this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            let port = ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432);
            let comma = if index == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}:{port}")?,
                #[cfg(unix)]
                Host::Unix(folder) => write!(f, "{comma}{}:{port}", folder.display())?,
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(text: &str) -> Result<SslMode, UrlError> {
        Ok(PostgresUrl::parse(text)?.config.get_ssl_mode())
    }

    #[test]
    fn the_way_to_another_machine_is_encrypted_unless_told_otherwise() {
        for (text, expected) in [
            ("postgres://u:p@db.example/liveness", SslMode::Require),
            ("postgres://u:p@db.example/liveness?sslmode=require", SslMode::Require),
            ("postgresql://u@db.example:6000/l?sslmode=verify-full", SslMode::Require),
            ("postgres://u@127.0.0.1/l?sslmode=verify-full", SslMode::Require),
            ("postgres://u@127.0.0.1/l?sslrootcert=%2Fca.pem", SslMode::Require),
            ("postgres://u@db.example/l?sslmode=disable", SslMode::Disable),
            ("postgres://u@localhost,db.example/l", SslMode::Require),
            ("postgres://u@127.0.0.1/l", SslMode::Disable),
            ("postgres://u@localhost/l", SslMode::Disable),
            ("postgres://u@%2Frun%2Fpostgresql/l", SslMode::Disable),
            ("postgres:///l?host=/run/postgresql", SslMode::Disable),
        ] {
            assert_eq!(mode(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_without_a_word_of_the_password() {
        for (text, error) in [
            ("postgres://u:hushhush@h/l?sslmode=prefer", Some(UrlError::SslMode)),
            ("postgres://u:hushhush@h/l?sslmode=disable&sslrootcert=a", Some(UrlError::UnusedRoot)),
            ("postgres://u:hushhush@h", Some(UrlError::NoDatabase)),
            ("postgres:///l", Some(UrlError::NoHost)),
            ("postgres://u:hushhush@h:port/l", None),
            ("postgres://u:hushhush@h/l?colour=hushhush", None),
        ] {
            let refused = PostgresUrl::parse(text).unwrap_err();
            assert!(!refused.to_string().contains("hushhush"), "{refused}");
            assert!(error.is_none_or(|error| error == refused), "{text}: {refused}");
        }
    }

    #[test]
    fn it_is_shown_without_its_password() {
        let url = PostgresUrl::parse("postgres://user:hushhush@db.example:6000/liveness").unwrap();
        assert!(url.has_password());
        assert_eq!(url.to_string(), "db.example:6000/liveness");
        assert_eq!(format!("{url:?}"), "PostgresUrl(db.example:6000/liveness)");
        let url = PostgresUrl::parse("postgres://user@db.example/liveness").unwrap();
        assert!(!url.has_password());
    }

    #[test]
    fn what_is_said_of_connections_counts() {
        let config = |text: &str| PostgresUrl::parse(text).unwrap();
        let (plain, two) = ("postgres://u@h/l", "postgres://u@h,i/l");
        for (text, connect, attributes) in [
            (plain.to_owned(), CONNECT_TIMEOUT, TargetSessionAttrs::ReadWrite),
            (
                format!("{plain}?connect_timeout=3"),
                2 * CONNECT_TIMEOUT,
                TargetSessionAttrs::ReadWrite,
            ),
            (format!("{two}?target_session_attrs=any"), CONNECT_TIMEOUT, TargetSessionAttrs::Any),
            (format!("{two}?connect_timeout=10"), MAKE / 3, TargetSessionAttrs::ReadWrite),
        ] {
            let url = config(&text);
            assert_eq!(url.config.get_connect_timeout(), Some(&connect), "{text}");
            assert_eq!(url.config.get_target_session_attrs(), attributes, "{text}");
            assert!(url.time_to_connect() > 2 * connect);
        }
    }

    #[test]
    fn roots_that_cannot_be_read_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let url = format!("postgres://u@h/l?sslrootcert={}", path.display());
        let refused = || PostgresUrl::parse(&url).unwrap().tls().err().unwrap();
        assert!(refused().contains("ca.pem"), "{}", refused());
        std::fs::write(&path, "no certificate").unwrap();
        assert!(refused().contains("no certificate is in it"), "{}", refused());
    }
}
