//! Pages of other origins may not make requests that change something.
//!
//! On a gateway that holds a key they would spend its credits. Browsers say where a request comes from in
//! `Sec-Fetch-Site` or `Origin`; a request with neither does not come from a page. The rules are those of
//! tower-http's `CsrfLayer` (and of Go's `CrossOriginProtection`), which takes exact web origins alone.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use liveness_protocol::ErrorCode;

use crate::api::gateway::Gateway;
use crate::domain::error::ApiError;

/// Where the page that makes a request is from, as far as a browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageOrigin<'a> {
    /// The gateway's own, or no page at all.
    Own,
    /// A page of this origin.
    Other(&'a HeaderValue),
    /// A page of another origin, which the browser does not name.
    Unnamed,
}

/// What a browser says of where a request comes from.
pub fn origin_of<'a>(uri: &Uri, headers: &'a HeaderMap) -> PageOrigin<'a> {
    let origin = headers.get(header::ORIGIN).filter(|origin| !origin.is_empty());
    match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
        Some(b"same-origin" | b"none") => PageOrigin::Own,
        None | Some(b"") => match origin {
            Some(origin) if !is_own(origin, uri, headers) => PageOrigin::Other(origin),
            _ => PageOrigin::Own,
        },
        Some(_) => origin.map_or(PageOrigin::Unnamed, PageOrigin::Other),
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

/// Whether something at this path asks for a key, which may have to be looked up in the database.
pub fn takes_keys(path: &str) -> bool {
    path.starts_with("/api/") || path == "/metrics"
}

/// Refuses what comes from a page of an origin that is not allowed. Whoever has a key is a back end and no page, whatever the
/// program that runs it adds to a request.
pub async fn check(
    State(gateway): State<Gateway>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let changes_nothing = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let admitted = changes_nothing
        || match origin_of(request.uri(), request.headers()) {
            PageOrigin::Own => true,
            PageOrigin::Other(origin) => gateway.lets_in(origin).await,
            PageOrigin::Unnamed => false,
        };
    if !admitted {
        // Before a key is looked up, and nowhere else: what is not counted may not ask the database.
        gateway.count_request(&mut request)?;
        if !takes_keys(request.uri().path()) {
            return Err(ErrorCode::OriginNotAllowed.into());
        }
        let holder = gateway.holder(request.headers(), None).await;
        if !holder.is_ok_and(|holder| holder.is_some()) {
            return Err(ErrorCode::OriginNotAllowed.into());
        }
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::origins::Origins;

    fn admits(target: &str, headers: &[(&'static str, &str)]) -> bool {
        let allowed = ["https://shop.example", "https://*.shops.example", "capacitor://localhost"];
        let allowed = Origins::parse(&allowed).unwrap();
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), value.parse().unwrap())
            })
            .collect();
        match origin_of(&target.parse().unwrap(), &headers) {
            PageOrigin::Own => true,
            PageOrigin::Other(origin) => allowed.matches(origin.to_str().unwrap()),
            PageOrigin::Unnamed => false,
        }
    }

    #[test]
    fn the_fetch_metadata_counts_first() {
        for site in ["same-origin", "none"] {
            assert!(admits("/", &[("sec-fetch-site", site)]));
            let proxied = [("sec-fetch-site", site), ("origin", "https://other.example")];
            assert!(admits("/", &proxied), "a proxy may have changed the host");
        }
        for site in ["same-site", "cross-site", "Same-Origin", "x"] {
            assert!(!admits("/", &[("sec-fetch-site", site)]), "{site}");
            let own =
                [("sec-fetch-site", site), ("host", "a.example"), ("origin", "https://a.example")];
            assert!(!admits("/", &own), "{site}: the browser knows better");
            for origin in
                ["https://shop.example", "https://a.shops.example", "capacitor://localhost"]
            {
                let allowed = [("sec-fetch-site", site), ("origin", origin)];
                assert!(admits("/", &allowed), "{site} {origin}");
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
            assert_eq!(admits("/", &headers), expected, "{host} {origin}");
        }
        assert!(admits("/", &[("host", "a.example")]), "not from a page");
        let absolute = [("host", "evil.example"), ("origin", "https://evil.example")];
        assert!(!admits("http://a.example/x", &absolute), "the target counts");
    }
}
