//! `/embed`: the page that other pages show in a frame, or open in a window, and hear from.
//!
//! Whom it speaks with is in its address (`parent`). Frames of others are refused by `frame-ancestors` as well; no
//! such policy exists for windows. So the gateway itself says here who is allowed: it puts the parent's origin into the
//! page, which speaks with nobody else, and refuses all others.

use std::path::PathBuf;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use url::form_urlencoded;

use super::origin_check::is_own;
use super::static_files;
use crate::domain::origins::{OriginPattern, Origins};

/// Its path.
pub const PATH: &str = "/embed";
/// The page's file in the folder that is served.
const FILE: &str = "embed.html";
/// Where the page has the origin of an allowed parent.
const PLACE: &str = r#"<meta name="liveness-parent" content="">"#;

/// How the headers of an answer differ from those of all others; kept in its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception {
    /// The page may be opened by one of another origin, and hear from it.
    Opened,
    /// A page that needs no script, and that nobody frames.
    Scriptless,
    /// A page of forms that needs no script, and that nobody frames.
    Form,
    /// A sentence that everybody may see, without scripts.
    Refusal,
}

/// Serves the page.
#[derive(Debug)]
pub struct EmbedPage {
    file: PathBuf,
    /// Who may show it, besides pages of the gateway's own origin.
    frames: Origins,
}

/// Whom the address names.
#[derive(Debug, PartialEq, Eq)]
enum Parent {
    /// Nobody: the page is shown, and speaks with nobody.
    None,
    /// One of `--allow-frame`.
    Allowed(String),
    /// The gateway's own. Its windows are kept apart from others as all of its are: a stranger may name this parent, too.
    Own(String),
    Refused(String),
    /// No origin, or several.
    Malformed,
}

impl EmbedPage {
    /// The page in the folder `dir`, for pages of these origins.
    pub fn new(dir: &std::path::Path, frames: Origins) -> Self {
        Self { file: dir.join(FILE), frames }
    }

    /// The page, or a refusal.
    pub async fn answer(&self, request: Request) -> Response {
        let parent = self.parent(request.uri(), request.headers());
        let Ok(page) = tokio::fs::read_to_string(&self.file).await else {
            return static_files::no_such(&request);
        };
        let for_parent = |origin: &str| {
            let place = PLACE.replace(r#""""#, &format!("\"{origin}\""));
            Html(page.replacen(PLACE, &place, 1)).into_response()
        };
        match parent {
            Parent::None => Html(page).into_response(),
            Parent::Own(origin) => for_parent(&origin),
            Parent::Allowed(origin) => {
                let mut response = for_parent(&origin);
                response.extensions_mut().insert(Exception::Opened);
                response
            }
            Parent::Refused(origin) => refusal(&format!(
                "This check cannot be shown here: this server does not let pages of {origin} show it. \
                 Whoever runs the server can allow it, with --allow-frame {origin}."
            )),
            Parent::Malformed => refusal(
                "This check cannot be shown here: the address has to name the page around it once, as in \
                 /embed?parent=https://shop.example.",
            ),
        }
    }

    fn parent(&self, uri: &Uri, headers: &HeaderMap) -> Parent {
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let mut parents = query.filter(|(name, _)| name == "parent").map(|(_, value)| value);
        let Some(parent) = parents.next() else { return Parent::None };
        // What is no origin is never repeated.
        let exact = matches!(parent.parse(), Ok(OriginPattern::Exact(_)));
        let value = HeaderValue::from_str(&parent).ok().filter(|_| exact);
        match value {
            Some(_) if parents.next().is_some() => Parent::Malformed,
            Some(_) if self.frames.matches(&parent) => Parent::Allowed(parent.into_owned()),
            Some(value) if is_own(&value, uri, headers) => Parent::Own(parent.into_owned()),
            Some(_) => Parent::Refused(parent.into_owned()),
            None => Parent::Malformed,
        }
    }
}

/// A sentence, for whoever sees it. An origin that is one has no character that HTML would take for its own.
fn refusal(sentence: &str) -> Response {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Not allowed here</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"embed.css\"></head>\
         <body><main><p class=\"notice\">{sentence}</p></main></body></html>\n"
    );
    let mut response = (StatusCode::FORBIDDEN, Html(page)).into_response();
    response.extensions_mut().insert(Exception::Refusal);
    response
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn parent(target: &str) -> Parent {
        let allowed = ["https://shop.example", "https://*.shops.example", "capacitor://localhost"];
        let frames = Origins::parse_for_policy(&allowed).unwrap();
        let page = EmbedPage::new(std::path::Path::new("/nowhere"), frames);
        let headers = HeaderMap::from_iter([(header::HOST, "live.example".parse().unwrap())]);
        page.parent(&target.parse().unwrap(), &headers)
    }

    #[test]
    fn only_an_allowed_origin_is_spoken_with() {
        let allowed = |origin: &str| Parent::Allowed(origin.to_owned());
        let refused = |origin: &str| Parent::Refused(origin.to_owned());
        for (target, expected) in [
            ("/embed", Parent::None),
            ("/embed?fit=content", Parent::None),
            ("/embed?parent=https://shop.example", allowed("https://shop.example")),
            (
                "/embed?fit=content&parent=https%3A%2F%2Fshop.example",
                allowed("https://shop.example"),
            ),
            ("/embed?parent=https://a.shops.example", allowed("https://a.shops.example")),
            ("/embed?parent=capacitor://localhost", allowed("capacitor://localhost")),
            // The gateway's own.
            ("/embed?parent=https://live.example", Parent::Own("https://live.example".to_owned())),
            ("/embed?parent=https://live.example:8443", refused("https://live.example:8443")),
            ("/embed?parent=https://evil.example", refused("https://evil.example")),
            ("/embed?parent=http://shop.example", refused("http://shop.example")),
            ("/embed?parent=https://shops.example", refused("https://shops.example")),
            ("/embed?parent=", Parent::Malformed),
            ("/embed?parent=*", Parent::Malformed),
            ("/embed?parent=null", Parent::Malformed),
            ("/embed?parent=https://*.shops.example", Parent::Malformed),
            ("/embed?parent=https://shop.example/", Parent::Malformed),
            ("/embed?parent=https://SHOP.example", Parent::Malformed),
            ("/embed?parent=%22%3E%3Cscript%3E", Parent::Malformed),
            ("/embed?parent=https://%22%3E%3Cscript%3E", Parent::Malformed),
            ("/embed?parent=https://a&parent=https://shop.example", Parent::Malformed),
            ("/embed?parent=https://shop.example&parent=https://evil.example", Parent::Malformed),
        ] {
            assert_eq!(parent(target), expected, "{target}");
        }
    }
}
