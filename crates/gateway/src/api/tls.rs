//! TLS: the certificate and its key from their files, again whenever those change, and the handshake's terms.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What is spoken after the handshake, the best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Where the certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: the certificate, then those that lead to its root.
    pub certificate: PathBuf,
    /// PEM: its private key, PKCS #8, PKCS #1 or SEC 1, not encrypted.
    pub key: PathBuf,
}

/// Why a certificate cannot be used. No message has anything of what is in the key's file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path:?} cannot be read: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The certificate's file has none.
    #[error("{0:?} has no certificate in PEM form (-----BEGIN CERTIFICATE-----)")]
    NoCertificate(PathBuf),
    /// The key's file has none.
    #[error("{0:?} has no private key in PEM form (-----BEGIN PRIVATE KEY-----)")]
    NoKey(PathBuf),
    /// The key's file is encrypted.
    #[error(
        "the key in {0:?} is encrypted: decrypt it, and let nobody but the gateway read the file"
    )]
    EncryptedKey(PathBuf),
    /// The key belongs to another certificate.
    #[error("the key in {key:?} does not belong to the first certificate in {certificate:?}")]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's.
        key: PathBuf,
    },
    /// TLS has no use for them.
    #[error("the certificate or its key is not usable: {0}")]
    Unusable(#[from] rustls::Error),
}

/// What the two files hold.
#[derive(Clone, PartialEq, Eq)]
struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl TlsFiles {
    fn read(&self) -> Result<Pem, TlsError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.into(), source })
        };
        Ok(Pem { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }

    fn certified(&self, pem: &Pem, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem.certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate(self.certificate.clone()))?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate(self.certificate.clone()));
        }
        let encrypted = pem.key.windows(9).any(|text| text == b"ENCRYPTED");
        if encrypted {
            return Err(TlsError::EncryptedKey(self.key.clone()));
        }
        let key = PrivateKeyDer::from_pem_slice(&pem.key)
            .map_err(|_| TlsError::NoKey(self.key.clone()))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { certificate: self.certificate.clone(), key: self.key.clone() }
            }
            error => error.into(),
        })
    }
}

/// The certificate that new connections get.
struct Current(RwLock<Arc<CertifiedKey>>);

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The gateway's side of TLS, whose certificate can be replaced while it serves.
pub struct Tls {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    /// What was last looked at, usable or not.
    seen: Pem,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let seen = files.read()?;
        let certified = files.certified(&seen, &provider)?;
        let current = Arc::new(Current(RwLock::new(Arc::new(certified))));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
        Ok(Self { files, provider, seen, current, config: Arc::new(config) })
    }

    /// What handshakes are made with. Its certificate changes with the files.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Takes up what the files hold by now, and tells whether that is something new.
    ///
    /// # Errors
    /// See [`TlsError`]. The certificate so far stays then, and the same files are not complained about again.
    pub fn reload(&mut self) -> Result<bool, TlsError> {
        let pem = self.files.read()?;
        if pem == self.seen {
            return Ok(false);
        }
        self.seen = pem;
        let certified = Arc::new(self.files.certified(&self.seen, &self.provider)?);
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = certified;
        Ok(true)
    }

    /// Reloads on SIGHUP and every now and then, until it is dropped.
    pub async fn keep_current(mut self, mut hangup: Hangup) {
        let mut unreadable = false;
        loop {
            tokio::select! {
                () = hangup.next() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            match self.reload() {
                Ok(changed) => {
                    if changed {
                        tracing::info!("the certificate has been replaced");
                    }
                    unreadable = false;
                }
                // The two files are seldom replaced in one moment, so this may pass.
                Err(error @ TlsError::Unreadable { .. }) => {
                    if !std::mem::replace(&mut unreadable, true) {
                        tracing::error!(%error, "the certificate cannot be looked at: the one so far stays");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the new certificate is not taken: the one so far stays");
                }
            }
        }
    }
}

/// SIGHUP, where there is such a signal.
pub struct Hangup(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Hangup {
    /// Listens for it from now on, so that it does not end the process.
    #[cfg(unix)]
    pub fn listen() -> Self {
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
        Self(signal.inspect_err(|error| tracing::error!(%error, "cannot listen for SIGHUP")).ok())
    }

    /// There is none.
    #[cfg(not(unix))]
    pub fn listen() -> Self {
        Self()
    }

    /// Resolves when there is one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Made {
        dir: tempfile::TempDir,
        files: TlsFiles,
    }

    fn made() -> Made {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let files = TlsFiles { certificate: path("cert.pem"), key: path("key.pem") };
        let made = Made { dir, files };
        made.write();
        made
    }

    impl Made {
        /// Another certificate of the same name, and the form that TLS sends it in.
        fn write(&self) -> Vec<u8> {
            let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
            std::fs::write(&self.files.certificate, made.cert.pem()).unwrap();
            std::fs::write(&self.files.key, made.signing_key.serialize_pem()).unwrap();
            made.cert.der().to_vec()
        }
    }

    fn sent(tls: &Tls) -> Vec<u8> {
        tls.current.0.read().unwrap().cert[0].to_vec()
    }

    fn refusal(files: &TlsFiles) -> String {
        let error = Tls::load(files.clone()).err().expect("refused");
        error.to_string()
    }

    #[test]
    fn each_fault_has_its_reason() {
        let Made { dir, files } = made();
        let (certificate, key) = (
            std::fs::read(&files.certificate).unwrap(),
            std::fs::read_to_string(&files.key).unwrap(),
        );
        assert!(Tls::load(files.clone()).is_ok());
        let nowhere = dir.path().join("nowhere");
        let missing = TlsFiles { key: nowhere.clone(), ..files.clone() };
        assert!(refusal(&missing).contains("nowhere\" cannot be read"));
        let missing = TlsFiles { certificate: nowhere, ..files.clone() };
        assert!(refusal(&missing).contains("nowhere\" cannot be read"));
        let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        let traditional = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n";
        for (text, reason) in [
            ("", "has no private key in PEM form"),
            ("-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n", "has no private key"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not usable"),
            (&encrypted, "is encrypted"),
            (traditional, "is encrypted"),
        ] {
            std::fs::write(&files.key, text).unwrap();
            let refused = refusal(&files);
            assert!(refused.contains(reason), "{refused}");
        }
        let other = made();
        std::fs::copy(&other.files.key, &files.key).unwrap();
        assert!(refusal(&files).contains("does not belong to the first certificate"));
        for (text, reason) in [
            (&b""[..], "has no certificate in PEM form"),
            (&certificate[..60], "has no certificate"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not usable"),
        ] {
            std::fs::write(&files.certificate, text).unwrap();
            let refused = refusal(&files);
            assert!(refused.contains(reason), "{refused}");
        }
    }

    #[test]
    fn a_renewed_certificate_is_taken_up_and_a_wrong_one_is_not() {
        let made = made();
        let mut tls = Tls::load(made.files.clone()).unwrap();
        let first = sent(&tls);
        assert!(!tls.reload().unwrap(), "nothing new");
        let second = made.write();
        assert!(tls.reload().unwrap());
        assert_eq!(sent(&tls), second);
        assert_ne!(first, second);
        // One file of two has been replaced.
        let old_key = std::fs::read(&made.files.key).unwrap();
        let third = made.write();
        let new_key = std::fs::read(&made.files.key).unwrap();
        std::fs::write(&made.files.key, old_key).unwrap();
        assert!(matches!(tls.reload(), Err(TlsError::Mismatch { .. })));
        assert_eq!(sent(&tls), second, "the one so far stays");
        assert!(!tls.reload().unwrap(), "said once");
        std::fs::write(&made.files.key, new_key).unwrap();
        assert!(tls.reload().unwrap());
        assert_eq!(sent(&tls), third);
        std::fs::remove_file(&made.files.key).unwrap();
        assert!(matches!(tls.reload(), Err(TlsError::Unreadable { .. })));
        assert_eq!(sent(&tls), third);
    }
}
