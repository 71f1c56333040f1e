//! Origins: those that a setting names, and whether the one that a browser sends is among them.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// Schemes whose pages send `Origin: null`, as do sandboxed frames of any site.
const OPAQUE: &[&str] =
    &["about", "blob", "data", "file", "filesystem", "javascript", "null", "view-source"];

/// Schemes that no page is of.
const NOT_OF_PAGES: &[&str] = &["ftp", "ftps", "mailto", "ws", "wss"];

/// Why a text cannot be an origin that a browser sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginFault {
    /// No scheme, no host, or characters that neither may have.
    #[error("not an origin such as https://shop.example or capacitor://localhost")]
    NotAnOrigin,
    /// `null`, `file:` and the like.
    #[error(
        "browsers send \"null\" for such pages, and for any sandboxed one: it cannot be allowed"
    )]
    Opaque,
    /// `wss:` and the like.
    #[error("no page has this scheme: write the page's own, such as https")]
    Scheme,
    /// A slash or more behind the host.
    #[error("an origin ends with the host or the port: leave out the slash and what follows it")]
    Path,
    /// A user name or a password.
    #[error("an origin has no user name or password")]
    Credentials,
    /// An upper-case letter.
    #[error("browsers send origins in lower case: write it so")]
    UpperCase,
    /// The scheme's own port.
    #[error("browsers leave out the scheme's own port: leave out :{0}")]
    DefaultPort(u16),
    /// A `*` that does not stand for sub-domains.
    #[error(
        "* may only stand for the sub-domains of a domain, as in https://*.shop.example (not for a whole top-level domain, a port or a scheme)"
    )]
    Wildcard,
    /// Browsers write this host or port in another way.
    #[error("browsers send it as {0}")]
    Spelling(String),
    /// An IPv6 address where a policy has to name it.
    #[error("a Content-Security-Policy cannot name an IPv6 address")]
    Ipv6InPolicy,
    /// Given before.
    #[error("given twice")]
    Duplicate,
}

/// A text that is refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin:?}: {fault}")]
pub struct OriginError {
    /// The text.
    pub origin: String,
    /// What is wrong with it.
    pub fault: OriginFault,
}

/// One origin, or all sub-domains of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OriginPattern {
    /// As browsers send it.
    Exact(String),
    /// `https://*.shop.example`: any host with one label or more before the domain, not the domain itself.
    SubDomains {
        /// Up to the host: `https://`.
        scheme: String,
        /// From the dot on, with the port if it is not the scheme's own: `.shop.example`.
        domain: String,
    },
}

impl OriginPattern {
    /// Whether the origin that a browser sends is meant. Byte by byte: browsers send one spelling.
    pub fn matches(&self, origin: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == origin,
            Self::SubDomains { scheme, domain } => {
                let labels =
                    origin.strip_prefix(&**scheme).and_then(|host| host.strip_suffix(&**domain));
                labels.is_some_and(|labels| labels.split('.').all(is_label))
            }
        }
    }

    /// Whether every origin that `other` means is meant.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Exact(origin)) => self.matches(origin),
            (Self::Exact(_), Self::SubDomains { .. }) => false,
            (
                Self::SubDomains { scheme, domain },
                Self::SubDomains { scheme: of_scheme, domain: below },
            ) => scheme == of_scheme && below.ends_with(&**domain),
        }
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => f.write_str(exact),
            Self::SubDomains { scheme, domain } => write!(f, "{scheme}*{domain}"),
        }
    }
}

impl FromStr for OriginPattern {
    type Err = OriginFault;

    fn from_str(text: &str) -> Result<Self, OriginFault> {
        if text.chars().all(|character| character == '*') && !text.is_empty() {
            return Err(OriginFault::Wildcard);
        }
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        let lower = scheme.to_ascii_lowercase();
        if OPAQUE.contains(&&*lower) {
            return Err(OriginFault::Opaque);
        }
        if NOT_OF_PAGES.contains(&&*lower) {
            return Err(OriginFault::Scheme);
        }
        if scheme.contains('*') {
            return Err(OriginFault::Wildcard);
        }
        let host = rest.strip_prefix("//").filter(|host| !host.is_empty() && is_scheme(&lower));
        let host = host.ok_or(OriginFault::NotAnOrigin)?;
        if host.contains('@') {
            return Err(OriginFault::Credentials);
        }
        if host.contains(['/', '\\', '?', '#']) {
            return Err(OriginFault::Path);
        }
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(OriginFault::UpperCase);
        }
        let web = matches!(scheme, "http" | "https");
        if host.contains('*') {
            let domain = host.strip_prefix('*').filter(|_| web).ok_or(OriginFault::Wildcard)?;
            let name = domain.strip_prefix('.').ok_or(OriginFault::Wildcard)?;
            if name.contains('*') || !has_owner(name) {
                return Err(OriginFault::Wildcard);
            }
            // A label in the asterisk's place, so that everything else is checked as in any other origin.
            check_web(&format!("{scheme}://w{domain}")).map_err(|fault| match fault {
                OriginFault::Spelling(other) => {
                    OriginFault::Spelling(other.replacen("://w.", "://*.", 1))
                }
                other => other,
            })?;
            return Ok(Self::SubDomains {
                scheme: format!("{scheme}://"),
                domain: domain.to_owned(),
            });
        }
        if web {
            check_web(text)?
        } else {
            check_app(host)?
        }
        Ok(Self::Exact(text.to_owned()))
    }
}

/// A label of a host, as far as it matters: nothing in it ends the host.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        })
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.')
        })
}

/// Whether the names below this one may belong to one owner: not those of a top-level domain.
fn has_owner(name: &str) -> bool {
    let host = name.split(':').next().unwrap_or_default();
    host == "localhost" || host.trim_end_matches('.').contains('.')
}

/// An origin of the web is what the URL standard makes of it.
fn check_web(text: &str) -> Result<(), OriginFault> {
    let url = Url::parse(text).map_err(|_| OriginFault::NotAnOrigin)?;
    let origin = url.origin().ascii_serialization();
    let host = url.host_str().unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if !host.bytes().all(plain) {
        return Err(OriginFault::NotAnOrigin);
    }
    if origin == text {
        return Ok(());
    }
    match url.port_or_known_default() {
        Some(port) if text == format!("{origin}:{port}") => Err(OriginFault::DefaultPort(port)),
        _ => Err(OriginFault::Spelling(origin)),
    }
}

/// An app's scheme has no rules of its own: a name, and perhaps a port.
fn check_app(host: &str) -> Result<(), OriginFault> {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let name = !name.is_empty() && name.split('.').all(|label| label.is_empty() || is_label(label));
    let port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|n| n.to_string() == port));
    if name && port { Ok(()) } else { Err(OriginFault::NotAnOrigin) }
}

/// The origins that one setting names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<OriginPattern>);

impl Origins {
    /// Reads a setting's values. Blanks around one do not count, nor does an empty one, as an empty
    /// environment variable gives it.
    ///
    /// # Errors
    /// For the first that no browser can send, or that was given before.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, OriginError> {
        let mut patterns = Vec::new();
        for text in texts.iter().map(|text| text.as_ref().trim()).filter(|text| !text.is_empty()) {
            let refuse = |fault| OriginError { origin: text.to_owned(), fault };
            let pattern: OriginPattern = text.parse().map_err(refuse)?;
            if patterns.contains(&pattern) {
                return Err(refuse(OriginFault::Duplicate));
            }
            patterns.push(pattern);
        }
        Ok(Self(patterns))
    }

    /// The same for origins that a Content-Security-Policy has to name.
    ///
    /// # Errors
    /// As [`Origins::parse`], and for what a policy has no words for.
    pub fn parse_for_policy<T: AsRef<str>>(texts: &[T]) -> Result<Self, OriginError> {
        let origins = Self::parse(texts)?;
        match origins.0.iter().map(OriginPattern::to_string).find(|text| text.contains('[')) {
            Some(origin) => Err(OriginError { origin, fault: OriginFault::Ipv6InPolicy }),
            None => Ok(origins),
        }
    }

    /// Whether what a browser sends as `Origin` is among them.
    pub fn matches(&self, origin: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(origin))
    }

    /// Whether one of them covers `pattern`.
    pub fn cover(&self, pattern: &OriginPattern) -> bool {
        self.0.iter().any(|origin| origin.covers(pattern))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As [`Origins::parse`] reads it, split at blanks.
    pub fn text(&self) -> String {
        let texts: Vec<String> = self.0.iter().map(OriginPattern::to_string).collect();
        texts.join(" ")
    }

    /// Each as it was given.
    pub fn iter(&self) -> impl Iterator<Item = &OriginPattern> {
        self.0.iter()
    }
}

#[cfg(test)]
#[path = "origins_tests.rs"]
mod tests;
