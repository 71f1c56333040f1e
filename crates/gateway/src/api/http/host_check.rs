//! Requests that name a host which the gateway does not answer to are refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use liveness_protocol::ErrorCode;

use super::hosts::{Hosts, NamedHost};
use super::reached::Reached;
use crate::domain::error::ApiError;

/// How often the log names a host that was refused, at most: everybody can send one.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Which hosts requests may name.
#[derive(Debug)]
pub struct HostCheck {
    hosts: Hosts,
    said: Mutex<Option<Instant>>,
}

impl HostCheck {
    /// The check for these hosts.
    pub const fn new(hosts: Hosts) -> Self {
        Self { hosts, said: Mutex::new(None) }
    }

    /// Every host that the request names has to be one of ours: that of its target, `:authority` in HTTP/2, and that of its
    /// header. HTTP/1.0 need not name any, and no browser speaks it.
    fn admit<B>(&self, request: &axum::http::Request<B>) -> Result<(), ApiError> {
        let unclear = |why| Err(ApiError::with_message(ErrorCode::ValidationError, why));
        let of_target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
        let mut headers = request.headers().get_all(header::HOST).iter();
        let of_header = headers.next().map(|host| host.as_bytes());
        if headers.next().is_some() {
            return unclear("The request has more than one Host header.");
        }
        if of_target.or(of_header).is_none() && request.version() > Version::HTTP_10 {
            return unclear("The request names no host.");
        }
        let reached = request.extensions().get::<Reached>().map(|reached| reached.0.ip());
        for text in of_target.into_iter().chain(of_header) {
            let host =
                std::str::from_utf8(text).ok().and_then(|text| text.parse::<NamedHost>().ok());
            let Some(host) = host else { return unclear("The request's host is not one.") };
            if !self.hosts.admit(&host, reached) {
                self.say(&host);
                return Err(ErrorCode::HostNotAllowed.into());
            }
        }
        Ok(())
    }

    fn say(&self, host: &NamedHost) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|said| said.elapsed() >= SAID_EVERY) {
            *said = Some(Instant::now());
            tracing::warn!(%host, "refused: if this name is the gateway's own, start it with --allow-host");
        }
    }
}

/// Refuses a request for a host that is not the gateway's.
pub async fn check(State(check): State<Arc<HostCheck>>, request: Request, next: Next) -> Response {
    match check.admit(&request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn answer(version: Version, target: &str, hosts: &[&str]) -> Result<(), ErrorCode> {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        let mut request = request.body(()).unwrap();
        request.extensions_mut().insert(Reached("192.0.2.1:8080".parse().unwrap()));
        let check = HostCheck::new(Hosts::parse(&["shop.example"]).unwrap());
        check.admit(&request).map_err(|error| error.code)
    }

    #[test]
    fn every_host_that_is_named_has_to_be_ours() {
        use ErrorCode::{HostNotAllowed, ValidationError};
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for (target, hosts, expected) in [
                ("/", &["shop.example"][..], Ok(())),
                ("/", &["192.0.2.1:8080"], Ok(())),
                ("/", &["localhost"], Ok(())),
                ("/", &["evil.example"], Err(HostNotAllowed)),
                ("/", &["192.0.2.2"], Err(HostNotAllowed)),
                ("/", &[], Err(ValidationError)),
                ("/", &[""], Err(ValidationError)),
                ("/", &["shop.example", "shop.example"], Err(ValidationError)),
                ("/", &["shop.example", "evil.example"], Err(ValidationError)),
                ("/", &["user@shop.example"], Err(ValidationError)),
                ("https://shop.example/", &[], Ok(())),
                ("https://shop.example/", &["shop.example"], Ok(())),
                ("https://shop.example/", &["evil.example"], Err(HostNotAllowed)),
                ("https://evil.example/", &["shop.example"], Err(HostNotAllowed)),
                ("https://evil.example/", &[], Err(HostNotAllowed)),
            ] {
                assert_eq!(
                    answer(version, target, hosts),
                    expected,
                    "{version:?} {target} {hosts:?}"
                );
            }
        }
    }

    #[test]
    fn whoever_speaks_http_1_0_need_not_name_any() {
        assert_eq!(answer(Version::HTTP_10, "/", &[]), Ok(()));
        let named = answer(Version::HTTP_10, "/", &["evil.example"]);
        assert_eq!(named, Err(ErrorCode::HostNotAllowed));
    }
}
