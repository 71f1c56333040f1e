//! The flags that let pages of other origins in.

use axum::http::HeaderName;
use clap::Args;

use super::error::{ConfigError, HeaderFault};
use crate::api::http::other_origins::{Access, EmbedderPolicy, FilesTo, OpenerPolicy};
use crate::domain::origins::Origins;

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct AccessFlags {
    /// An origin whose pages may use the API, such as `https://shop.example`, `https://*.shop.example` or
    /// `capacitor://localhost`; may be repeated.
    #[arg(long, env = "LIVENESS_ALLOW_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,

    /// An origin whose pages may show the gateway's own in a frame, or open `/embed` in a window; may be repeated.
    #[arg(long, env = "LIVENESS_ALLOW_FRAME", value_delimiter = ',', value_name = "ORIGIN")]
    pub allow_frame: Vec<String>,

    /// A request header that pages of allowed origins may send, besides the API's and the usual tracing
    /// headers; may be repeated.
    #[arg(long, env = "LIVENESS_ALLOW_HEADER", value_delimiter = ',', value_name = "NAME")]
    pub allow_header: Vec<String>,

    /// Whether a page of another origin may open the gateway's in a window and hear from it.
    #[arg(long, env = "LIVENESS_CROSS_ORIGIN_OPENER", value_enum, default_value = "same-origin")]
    pub cross_origin_opener: OpenerPolicy,

    /// What the gateway's pages demand of all they load; needed for a frame in a cross-origin isolated page.
    #[arg(long, env = "LIVENESS_CROSS_ORIGIN_EMBEDDER", value_enum, default_value = "unsafe-none")]
    pub cross_origin_embedder: EmbedderPolicy,

    /// Whose pages may load the files served at `/`: those of the allowed origins by CORS, or everyone's.
    #[arg(long, env = "LIVENESS_SERVE_FILES_TO", value_enum, default_value = "allowed")]
    pub serve_files_to: FilesTo,
}

/// Names that the Fetch standard keeps scripts from setting, and two prefixes of such names.
const FORBIDDEN: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];
const FORBIDDEN_PREFIXES: [&str; 2] = ["proxy-", "sec-"];

impl AccessFlags {
    /// Checks them.
    ///
    /// # Errors
    /// [`ConfigError::Origin`] and [`ConfigError::Header`].
    pub fn check(&self) -> Result<Access, ConfigError> {
        let of = |flag| move |error| ConfigError::Origin { flag, error };
        let names = self.allow_header.iter().map(|name| name.trim());
        let request_headers = names.filter(|name| !name.is_empty()).map(request_header);
        Ok(Access {
            callers: Origins::parse(&self.allow_origin).map_err(of("--allow-origin"))?,
            frames: Origins::parse_for_policy(&self.allow_frame).map_err(of("--allow-frame"))?,
            opener: self.cross_origin_opener,
            embedder: self.cross_origin_embedder,
            files: self.serve_files_to,
            request_headers: request_headers.collect::<Result<_, _>>()?,
        })
    }
}

fn request_header(text: &str) -> Result<HeaderName, ConfigError> {
    let refuse = |fault| ConfigError::Header { name: text.to_owned(), fault };
    if text.contains('*') {
        return Err(refuse(HeaderFault::Wildcard));
    }
    let name: HeaderName = text.parse().map_err(|_| refuse(HeaderFault::Name))?;
    let prefixed = FORBIDDEN_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix));
    if prefixed || FORBIDDEN.contains(&name.as_str()) {
        return Err(refuse(HeaderFault::Forbidden));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_names_that_scripts_can_set() {
        for name in ["X-CSRF-Token", "x-requested-with", "accept-language", "secret", "proxying"] {
            assert_eq!(request_header(name).unwrap(), *name.to_ascii_lowercase());
        }
        for (name, expected) in [
            ("*", HeaderFault::Wildcard),
            ("x-*", HeaderFault::Wildcard),
            ("x csrf", HeaderFault::Name),
            ("x-csrf:", HeaderFault::Name),
            ("x-caf\u{e9}", HeaderFault::Name),
            ("x\r\ny", HeaderFault::Name),
            ("Cookie", HeaderFault::Forbidden),
            ("host", HeaderFault::Forbidden),
            ("ORIGIN", HeaderFault::Forbidden),
            ("Sec-Fetch-Site", HeaderFault::Forbidden),
            ("proxy-authorization", HeaderFault::Forbidden),
            ("content-length", HeaderFault::Forbidden),
        ] {
            let name = name.to_owned();
            let error = ConfigError::Header { name: name.clone(), fault: expected };
            assert_eq!(request_header(&name), Err(error), "{name}");
        }
    }
}
