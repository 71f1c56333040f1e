//! Who is let in: the cookie of whoever has signed in, and requests that come from the page itself.

use std::net::{IpAddr, Ipv4Addr};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Uri, header};

use super::paths;
use crate::api::gateway::Gateway;
use crate::api::http::client;
use crate::api::http::headers::names_loopback;
use crate::api::http::origin_check::is_own;
use crate::domain::admin_session::{AdminSession, LIFE_S};

/// The cookie's name.
const COOKIE: &str = "liveness_admin";

/// Who has signed in, if somebody has.
pub fn signed_in(gateway: &Gateway, headers: &HeaderMap) -> Option<AdminSession> {
    let admin = gateway.admin.as_ref()?;
    let cookies = headers.get_all(header::COOKIE).into_iter();
    let mut pairs = cookies.flat_map(|line| line.to_str().unwrap_or_default().split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        if name == COOKIE { admin.verify(value, gateway.clock.now()) } else { None }
    })
}

/// The header that has a browser keep what it is signed in by; an empty text has it forget that. It is for pages of this
/// host alone and no script, and never sent without TLS but on this machine.
pub fn cookie(text: &str, secure: bool) -> Option<HeaderValue> {
    let life = if text.is_empty() { 0 } else { LIFE_S };
    let secure = if secure { "; Secure" } else { "" };
    let path = paths::PAGE;
    let cookie =
        format!("{COOKIE}={text}; Path={path}; Max-Age={life}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&cookie).ok()
}

/// Whether the request's cookie has to be one for TLS alone.
pub fn is_secure(request: &Request, tls: bool) -> bool {
    tls || !names_loopback(request)
}

/// Whether a request that changes something comes from a page of this very origin, as the browser says. Those of
/// `--allow-origin` are others, too.
pub fn is_from_here(uri: &Uri, headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| is_own(origin, uri, headers)),
    }
}

/// Whose attempts are counted together.
pub fn client(gateway: &Gateway, request: &Request) -> IpAddr {
    client::of_request(request, gateway.trusted_proxies).unwrap_or(Ipv4Addr::LOCALHOST.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_comes_from_a_page_of_this_origin() {
        let from_here = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| {
                let name = axum::http::HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            });
            is_from_here(&Uri::from_static("/admin/keys"), &headers.collect())
        };
        let host = ("host", "a.example");
        assert!(from_here(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(from_here(&[host, ("origin", "https://a.example")]));
        for other in [
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
            ("origin", "https://b.example"),
            ("origin", "null"),
            ("accept", "*/*"),
        ] {
            assert!(!from_here(&[host, other]), "{other:?}");
        }
        let own = ("origin", "https://a.example");
        assert!(!from_here(&[host, own, ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn the_cookie_is_for_this_host_and_no_script() {
        let text = cookie("1.a.b", true).unwrap();
        let text = text.to_str().unwrap();
        assert_eq!(
            text,
            "liveness_admin=1.a.b; Path=/admin; Max-Age=1800; HttpOnly; SameSite=Strict; Secure"
        );
        let gone = cookie("", false).unwrap();
        assert!(gone.to_str().unwrap().contains("=; Path=/admin; Max-Age=0;"), "{gone:?}");
        assert!(!gone.to_str().unwrap().contains("Secure"));
    }
}
