//! Pages of other origins may not make requests that change something.
//!
//! On a gateway that holds a key they would spend its credits. Browsers say where a request comes from in
//! `Sec-Fetch-Site` or `Origin`; a request with neither does not come from a page. The rules are those of
//! tower-http's `CsrfLayer` (and of Go's `CrossOriginProtection`), which takes exact web origins alone.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use liveness_protocol::ErrorCode;
use secrecy::SecretString;

use super::auth;
use super::origins::Origins;
use crate::api::gateway::Gateway;
use crate::domain::error::ApiError;

/// Who may change something.
#[derive(Debug)]
pub struct OriginCheck {
    /// Origins besides the gateway's own.
    pub allowed: Origins,
    /// Whoever has it is a back end and no page, whatever the program that runs it adds to a request.
    pub server_key: Option<SecretString>,
}

impl OriginCheck {
    fn admits(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return true;
        }
        let origin = headers.get(header::ORIGIN).filter(|origin| !origin.is_empty());
        let trusted = || {
            origin.is_some_and(|origin| self.allowed.matches(origin))
                || auth::has_server_key(headers, self.server_key.as_ref())
        };
        match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
            Some(b"same-origin" | b"none") => return true,
            None | Some(b"") => {}
            Some(_) => return trusted(),
        }
        let Some(origin) = origin else { return true };
        is_own(origin, uri, headers) || trusted()
    }
}

/// Whether an origin is that of the server which is asked.
pub fn is_own(origin: &HeaderValue, uri: &Uri, headers: &HeaderMap) -> bool {
    // An absolute request target counts before the header.
    let host = uri.authority().map(|host| host.as_str().as_bytes());
    let host = host.or(headers.get(header::HOST).map(|host| host.as_bytes()));
    let of_page = [&b"https://"[..], b"http://"]
        .iter()
        .find_map(|scheme| origin.as_bytes().strip_prefix(*scheme));
    of_page.is_some_and(|of_page| Some(of_page) == host)
}

/// Refuses what comes from a page of an origin that is not allowed.
pub async fn check(
    State((check, gateway)): State<(Arc<OriginCheck>, Gateway)>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if check.admits(request.method(), request.uri(), headers)
        || gateway.holder(headers, None).await.is_ok_and(|holder| holder.is_some())
    {
        next.run(request).await
    } else {
        ApiError::new(ErrorCode::OriginNotAllowed).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn admits(method: &str, target: &str, headers: &[(&'static str, &str)]) -> bool {
        let allowed = ["https://shop.example", "https://*.shops.example", "capacitor://localhost"];
        let check = OriginCheck {
            allowed: Origins::parse(&allowed).unwrap(),
            server_key: Some(KEY.into()),
        };
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), value.parse().unwrap())
        });
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        check.admits(&method, &target.parse().unwrap(), &headers.collect())
    }

    #[test]
    fn what_changes_nothing_is_open_to_all() {
        let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(admits(method, "/", &foreign), "{method}");
        }
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY"] {
            assert!(!admits(method, "/", &foreign), "{method}");
        }
    }

    #[test]
    fn the_fetch_metadata_counts_first() {
        for site in ["same-origin", "none"] {
            assert!(admits("POST", "/", &[("sec-fetch-site", site)]));
            let proxied = [("sec-fetch-site", site), ("origin", "https://other.example")];
            assert!(admits("POST", "/", &proxied), "a proxy may have changed the host");
        }
        for site in ["same-site", "cross-site", "Same-Origin", "x"] {
            assert!(!admits("POST", "/", &[("sec-fetch-site", site)]), "{site}");
            let own =
                [("sec-fetch-site", site), ("host", "a.example"), ("origin", "https://a.example")];
            assert!(!admits("POST", "/", &own), "{site}: the browser knows better");
            for origin in
                ["https://shop.example", "https://a.shops.example", "capacitor://localhost"]
            {
                let allowed = [("sec-fetch-site", site), ("origin", origin)];
                assert!(admits("POST", "/", &allowed), "{site} {origin}");
            }
        }
    }

    #[test]
    fn an_older_browsers_origin_has_to_be_the_host_or_allowed() {
        for (host, origin, expected) in [
            ("a.example", "https://a.example", true),
            ("a.example", "http://a.example", true),
            ("a.example:8443", "https://a.example:8443", true),
            ("a.example", "", true),
            ("a.example", "https://a.example:8443", false),
            ("a.example:8443", "https://a.example", false),
            ("a.example", "https://evil.example", false),
            ("a.example", "https://a.example.evil", false),
            ("a.example", "https://a.example/", false),
            ("a.example", "https://user@a.example", false),
            ("a.example", "app://a.example", false),
            ("a.example", "null", false),
            ("null", "null", false),
            ("a.example", "https://shop.example", true),
            ("a.example", "https://b.shops.example", true),
            ("a.example", "https://shops.example", false),
            ("a.example", "capacitor://localhost", true),
        ] {
            let headers = [("host", host), ("origin", origin)];
            assert_eq!(admits("POST", "/", &headers), expected, "{host} {origin}");
        }
        assert!(admits("POST", "/", &[("host", "a.example")]), "not from a page");
        let absolute = [("host", "evil.example"), ("origin", "https://evil.example")];
        assert!(!admits("POST", "http://a.example/x", &absolute), "the target counts");
    }

    #[test]
    fn a_back_end_is_no_page() {
        let key = format!("Bearer {KEY}");
        let foreign = [("origin", "https://worker.example"), ("sec-fetch-site", "cross-site")];
        let with = |value: &str| {
            let mut headers = foreign.to_vec();
            let value: &str = Box::leak(value.to_owned().into_boxed_str());
            headers.push(("authorization", value));
            admits("POST", "/", &headers)
        };
        assert!(with(&key));
        assert!(!with("Bearer 0123456789abcdeX") && !with("Bearer "));
    }
}
