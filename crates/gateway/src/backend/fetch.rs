//! Fetches a submitted video from where its URL says, and from nowhere else.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use liveness_protocol::ErrorCode;
use reqwest::Certificate;
use reqwest::redirect::Policy;

use crate::domain::error::ApiError;
use crate::domain::video::address::is_public;
use crate::domain::video::sent_file::{CannotWrite, FileWriter, SentFile};
use crate::domain::video::source::{UrlRefusal, VideoHosts, VideoUrl};

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// How long the other side may send nothing.
const SILENCE: Duration = Duration::from_secs(15);

/// How long all of it may take. Whoever has submitted the video waits for it.
const WHOLE: Duration = Duration::from_secs(60);

/// Why a video could not be fetched. No message names an address, or quotes the other side.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Its URL is not one to fetch from.
    #[error(transparent)]
    Refused(#[from] UrlRefusal),
    /// The host has an address, maybe among others, that is not public.
    #[error("video_url leads to an address that is not public")]
    NotPublic,
    /// The host has no address.
    #[error("the host of video_url has no address now")]
    NoAddress,
    /// No connection, no TLS, or one that broke off.
    #[error("video_url cannot be reached now, or broke off")]
    Unreachable,
    /// It took too long.
    #[error("video_url took too long")]
    Timeout,
    /// Another answer than the video. Redirects are not followed.
    #[error("video_url is answered with status {0}, not with the video")]
    Status(u16),
    /// It is too large.
    #[error("The video has more than the {0} bytes allowed here.")]
    TooLarge(usize),
    /// It cannot be written here, or no client could be made.
    #[error("the gateway cannot fetch videos now")]
    Failed,
}

impl From<CannotWrite> for FetchError {
    fn from(_: CannotWrite) -> Self {
        Self::Failed
    }
}

impl From<FetchError> for ApiError {
    fn from(error: FetchError) -> Self {
        let code = match error {
            FetchError::Refused(_) | FetchError::NotPublic => ErrorCode::InvalidVideoInput,
            FetchError::Status(500..=599) => ErrorCode::ServiceUnavailable,
            FetchError::Status(_) => ErrorCode::InvalidVideoInput,
            FetchError::TooLarge(_) => ErrorCode::PayloadTooLarge,
            FetchError::NoAddress
            | FetchError::Unreachable
            | FetchError::Timeout
            | FetchError::Failed => ErrorCode::ServiceUnavailable,
        };
        Self::with_message(code, error.to_string())
    }
}

/// Finds the addresses of a host.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// Those of this host, with the port.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The machine's own.
struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        // A literal of IPv6 has brackets in a URL.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// The internet, as a fetcher sees it. Tests have one of their own, which no setting can make.
#[derive(Clone)]
pub struct Outside {
    /// Finds addresses.
    pub resolver: Arc<dyn Resolver>,
    /// Whether an address may be connected to.
    pub admits: fn(IpAddr) -> bool,
    /// Certificates that are believed besides the system's.
    pub roots: Vec<Certificate>,
    /// How long a fetch may take.
    pub time: Duration,
}

impl Default for Outside {
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver),
            admits: is_public,
            roots: Vec::new(),
            time: WHOLE,
        }
    }
}

/// Fetches videos.
pub struct VideoFetcher {
    hosts: VideoHosts,
    most_bytes: usize,
    outside: Outside,
}

impl VideoFetcher {
    /// From these hosts, videos of at most so many bytes.
    pub const fn new(hosts: VideoHosts, most_bytes: usize, outside: Outside) -> Self {
        Self { hosts, most_bytes, outside }
    }

    /// The video at this URL.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(&self, url: &str) -> Result<SentFile, FetchError> {
        let url = self.hosts.check(url)?;
        let fetched = tokio::time::timeout(self.outside.time, self.fetch_allowed(url)).await;
        fetched.unwrap_or(Err(FetchError::Timeout))
    }

    async fn fetch_allowed(&self, url: VideoUrl) -> Result<SentFile, FetchError> {
        let VideoUrl { url, name } = url;
        // A checked URL has a host, and https a port.
        let host = url.host_str().ok_or(UrlRefusal::NotAUrl)?.to_owned();
        let port = url.port_or_known_default().ok_or(UrlRefusal::NotAUrl)?;
        let client = self.client(&host, self.addresses(&host, port).await?)?;
        let mut response = client.get(url).send().await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(FetchError::Status(status));
        }
        let most = self.most_bytes;
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Err(FetchError::TooLarge(most));
        }
        let mut file = FileWriter::new().await?;
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if file.bytes() + chunk.len() > most {
                return Err(FetchError::TooLarge(most));
            }
            file.write(&chunk).await?;
        }
        Ok(file.finish(name).await?)
    }

    /// All addresses of a host, if each of them may be connected to. They are asked for once, and those that are checked are
    /// those that are connected to: a name whose address changes in between (DNS rebinding) gains nothing.
    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, FetchError> {
        let found = self.outside.resolver.resolve(host, port).await;
        let addresses = found.map_err(|_| FetchError::NoAddress)?;
        if addresses.is_empty() {
            return Err(FetchError::NoAddress);
        }
        match addresses.iter().all(|address| (self.outside.admits)(address.ip())) {
            true => Ok(addresses),
            false => Err(FetchError::NotPublic),
        }
    }

    /// A client for one fetch, that knows no other address.
    fn client(
        &self,
        host: &str,
        addresses: Vec<SocketAddr>,
    ) -> Result<reqwest::Client, FetchError> {
        // Another part of the process may have installed a provider before; either will do.
        rustls::crypto::ring::default_provider().install_default().ok();
        reqwest::Client::builder()
            .resolve_to_addrs(host, &addresses)
            .https_only(true)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .connect_timeout(CONNECTING)
            .read_timeout(SILENCE)
            .tls_certs_merge(self.outside.roots.iter().cloned())
            .build()
            .map_err(|error| {
                tracing::error!(%error, "no client to fetch a video with");
                FetchError::Failed
            })
    }
}

fn failure(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() { FetchError::Timeout } else { FetchError::Unreachable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_code() {
        let (input, later) = (ErrorCode::InvalidVideoInput, ErrorCode::ServiceUnavailable);
        for (error, code) in [
            (FetchError::Refused(UrlRefusal::Host), input),
            (FetchError::NotPublic, input),
            (FetchError::NoAddress, later),
            (FetchError::Unreachable, later),
            (FetchError::Timeout, later),
            (FetchError::Status(302), input),
            (FetchError::Status(404), input),
            (FetchError::Status(503), later),
            (FetchError::TooLarge(7), ErrorCode::PayloadTooLarge),
            (FetchError::Failed, later),
        ] {
            let message = error.to_string();
            let answer = ApiError::from(error);
            assert_eq!((answer.code, answer.message), (code, message));
        }
    }

    struct Fixed(&'static [&'static str]);

    #[async_trait]
    impl Resolver for Fixed {
        async fn resolve(&self, _: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
            Ok(self.0.iter().map(|text| SocketAddr::new(text.parse().unwrap(), port)).collect())
        }
    }

    #[tokio::test]
    async fn one_address_that_is_not_public_is_one_too_many() {
        let mixed = &["8.8.8.8", "127.0.0.1"];
        for (addresses, expected) in [
            (&mixed[..], FetchError::NotPublic),
            (&["::ffff:169.254.169.254"], FetchError::NotPublic),
            (&["fd00::1", "2606:4700::1"], FetchError::NotPublic),
            (&[], FetchError::NoAddress),
        ] {
            let outside = Outside { resolver: Arc::new(Fixed(addresses)), ..Outside::default() };
            let hosts = VideoHosts::parse(&["video.example"]).unwrap();
            let fetcher = VideoFetcher::new(hosts, 1000, outside);
            let fetched = fetcher.fetch("https://video.example/a.mp4").await;
            assert_eq!(fetched.unwrap_err(), expected, "{addresses:?}");
        }
        // A name of this machine, by its own resolver; and an address in the place of a name.
        for host in ["localhost", "127.0.0.1", "[::1]", "10.0.0.1"] {
            let hosts = VideoHosts::parse(&[host]).unwrap();
            let fetcher = VideoFetcher::new(hosts, 1000, Outside::default());
            let fetched = fetcher.fetch(&format!("https://{host}/a.mp4")).await;
            assert_eq!(fetched.unwrap_err(), FetchError::NotPublic, "{host}");
        }
    }
}
