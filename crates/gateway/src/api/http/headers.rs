//! Headers that go with every answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::embed::{self, Exception};
use super::hosts::NamedHost;
use super::other_origins::{Access, FilesTo, OpenerPolicy, is_api};

/// What pages from here may do. Nothing from elsewhere, no inline script or style, no `eval`;
/// WebAssembly may be compiled, pictures and videos made on the page may be shown. Only our own pages may
/// show them in a frame; [`PageHeaders::new`] adds those that are allowed to.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; \
    script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    media-src 'self' blob:; worker-src 'self'; connect-src 'self'; object-src 'none'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The camera for pages from here; nothing else that asks the person. A page that shows ours in a frame
/// passes its own permission on with `allow="camera"`.
pub const PERMISSIONS_POLICY: &str =
    "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()";

/// What a refusal may do: nothing but look like one, in anybody's frame.
pub const REFUSAL_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'";

/// What a page without scripts may do: look like one.
pub const SCRIPTLESS_POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// What a page of forms without scripts may do: send them here.
pub const FORM_POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Files for pages of every origin: what a frame in a sandbox, which has none, loads to say that it cannot work there,
/// and the helper of pages that show `/embed`. Nothing of it is secret.
const FOR_EVERYONE: [&str; 3] =
    ["/embed.css", "/embed-early.js", "/liveness-capture/frame.classic.js"];

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A page with such a policy starts only workers that have one as well, in either form; to any other page
/// it makes no difference.
const OF_WORKERS: HeaderValue = HeaderValue::from_static("require-corp");

/// For a year, browsers come back by TLS alone.
const TLS_FOR_GOOD: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The headers that the settings decide.
#[derive(Debug, Clone)]
pub struct PageHeaders {
    always: HeaderMap,
    files: HeaderValue,
    documents: Option<HeaderValue>,
    secure: bool,
}

impl PageHeaders {
    /// Those for pages that these may frame, open and embed; `secure` if TLS is ours.
    pub fn new(access: &Access, secure: bool) -> Self {
        let mut policy = CONTENT_SECURITY_POLICY.to_owned();
        for origin in access.frames.iter() {
            policy.push_str(&format!(" {origin}"));
        }
        // An origin that was checked holds visible ASCII alone.
        let policy = HeaderValue::from_str(&policy)
            .unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
        let mut always = HeaderMap::from_iter(
            [
                (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
                (OPENER_POLICY, access.opener.as_str()),
            ]
            .map(|(name, value)| (name, HeaderValue::from_static(value))),
        );
        always.insert(header::CONTENT_SECURITY_POLICY, policy);
        let files = match access.files {
            FilesTo::Allowed => "same-origin",
            FilesTo::Everyone => "cross-origin",
        };
        Self {
            always,
            files: HeaderValue::from_static(files),
            documents: access.embedder.header().map(HeaderValue::from_static),
            secure,
        }
    }
}

/// Adds them. API answers are never kept; files are, but have to be revalidated by their ETag
/// each time, so that a page never runs an old script or an old wasm module. An answer that already says
/// how long it may be kept is left as it is.
pub async fn add(State(own): State<Arc<PageHeaders>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let api = is_api(path);
    let embedder = embedder_policy(path, own.documents.as_ref());
    let for_everyone = FOR_EVERYONE.contains(&path);
    let for_good = own.secure && !names_loopback(&request);
    let mut response = next.run(request).await;
    let exception = response.extensions().get::<Exception>().copied();
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in &own.always {
        headers.insert(name, value.clone());
    }
    match exception {
        Some(Exception::Opened) => {
            let policy = OpenerPolicy::UnsafeNone.as_str();
            headers.insert(OPENER_POLICY, HeaderValue::from_static(policy));
        }
        Some(Exception::Refusal) => {
            let policy = HeaderValue::from_static(REFUSAL_POLICY);
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        Some(Exception::Scriptless) => {
            let policy = HeaderValue::from_static(SCRIPTLESS_POLICY);
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        Some(Exception::Form) => {
            let policy = HeaderValue::from_static(FORM_POLICY);
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            // Without a referrer, browsers say of no form where it comes from.
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        }
        None => {}
    }
    let resources = match (api, for_everyone) {
        (true, _) => HeaderValue::from_static("same-origin"),
        (false, true) => HeaderValue::from_static("cross-origin"),
        (false, false) => own.files.clone(),
    };
    headers.insert(RESOURCE_POLICY, resources);
    if for_good {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TLS_FOR_GOOD);
    }
    if let Some(policy) = embedder {
        headers.insert(EMBEDDER_POLICY, policy);
    }
    let caching = if api { "no-store" } else { "no-cache" };
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
    response
}

/// Whether a request names this machine: what else it serves may have no TLS.
pub fn names_loopback(request: &Request) -> bool {
    let of_target = request.uri().authority().map(|authority| authority.as_str());
    let of_header = || request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = of_target.or_else(of_header).and_then(|host| host.parse().ok());
    host.is_some_and(|host: NamedHost| host.is_loopback())
}

/// By the path: an answer that a kept file is still good has no type.
fn embedder_policy(path: &str, documents: Option<&HeaderValue>) -> Option<HeaderValue> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        _ if is_api(path) => None,
        Some("js" | "mjs") => Some(OF_WORKERS),
        Some("html" | "htm") => documents.cloned(),
        None if name.is_empty() || path == embed::PATH => documents.cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::origins::Origins;

    #[test]
    fn those_who_may_frame_are_in_the_policy() {
        let policy = |frames: &[&str]| {
            let frames = Origins::parse_for_policy(frames).unwrap();
            let headers = PageHeaders::new(&Access { frames, ..Access::default() }, false);
            headers.always[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
        };
        assert_eq!(policy(&[]), CONTENT_SECURITY_POLICY);
        let framed = policy(&["https://shop.example", "https://*.b.example:8443", "app://x"]);
        let added = framed.strip_prefix(CONTENT_SECURITY_POLICY);
        assert_eq!(added, Some(" https://shop.example https://*.b.example:8443 app://x"));
    }

    #[test]
    fn the_embedder_policy_goes_by_the_kind_of_file() {
        let page = HeaderValue::from_static("credentialless");
        for (path, expected) in [
            ("/worker.js", Some(&OF_WORKERS)),
            ("/a/worker-0123abcd.mjs", Some(&OF_WORKERS)),
            ("/WORKER.JS", Some(&OF_WORKERS)),
            ("/", Some(&page)),
            ("/a/", Some(&page)),
            ("/index.html", Some(&page)),
            ("/embed", Some(&page)),
            ("/face.bin", None),
            ("/a.js/face.bin", None),
            ("/vision_bg.wasm", None),
            ("/api/v1/worker.js", None),
            ("/health", None),
        ] {
            assert_eq!(embedder_policy(path, Some(&page)).as_ref(), expected, "{path}");
        }
        assert_eq!(embedder_policy("/", None), None);
        assert_eq!(embedder_policy("/worker.js", None), Some(OF_WORKERS));
    }
}
