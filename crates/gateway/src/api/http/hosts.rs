//! Host names: those that the gateway answers to, and whether a request names one of them.
//!
//! A stranger's name may lead to this machine's address (DNS rebinding). To a browser the gateway is then the stranger's own
//! server: its page may call it and read every answer, and no check of origins can tell. Only the name in the request does.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::Host;

/// Why a text cannot name a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostFault {
    /// A scheme, a path, or characters that no host has.
    #[error(
        "not a host such as liveness.example or *.liveness.example, with a port or without (IPv6 in brackets)"
    )]
    NotAHost,
    /// A `*` that does not stand for sub-domains.
    #[error(
        "* may only stand for the sub-domains of a domain, as in *.shop.example, or alone for any host"
    )]
    Wildcard,
    /// Browsers write this host in another way.
    #[error("browsers send it as {0}")]
    Spelling(String),
    /// Given before.
    #[error("given twice")]
    Duplicate,
}

/// A text that is refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host:?}: {fault}")]
pub struct HostError {
    /// The text.
    pub host: String,
    /// What is wrong with it.
    pub fault: HostFault,
}

/// A host as a request names it: in lower case, without the dot of a fully qualified name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedHost {
    name: Host,
    port: Option<u16>,
}

impl FromStr for NamedHost {
    type Err = HostFault;

    fn from_str(text: &str) -> Result<Self, HostFault> {
        let (name, port) = split(text).ok_or(HostFault::NotAHost)?;
        let lower = name.to_ascii_lowercase();
        let lower = lower.strip_suffix('.').unwrap_or(&lower);
        let name = Host::parse(lower).map_err(|_| HostFault::NotAHost)?;
        let canonical = name.to_string();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        let has_empty_label =
            canonical.contains("..") || canonical.starts_with('.') || canonical.ends_with('.');
        if !canonical.bytes().all(plain) || has_empty_label {
            return Err(HostFault::NotAHost);
        }
        if canonical != lower {
            return Err(HostFault::Spelling(canonical));
        }
        Ok(Self { name, port })
    }
}

impl NamedHost {
    /// The address, where it is one and no name.
    fn address(&self) -> Option<IpAddr> {
        match self.name {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(IpAddr::from(address).to_canonical()),
            Host::Domain(_) => None,
        }
    }

    /// Whether it is this machine and no other, whatever a name server says.
    pub fn is_loopback(&self) -> bool {
        match &self.name {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            _ => self.address().is_some_and(|address| address.is_loopback()),
        }
    }
}

impl fmt::Display for NamedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The name and the port of `name`, `name:port` or `[address]:port`.
fn split(text: &str) -> Option<(&str, Option<u16>)> {
    let after_address = text.rfind(']').map_or(0, |bracket| bracket + 1);
    let Some(colon) = text[after_address..].find(':').map(|at| at + after_address) else {
        return Some((text, None));
    };
    let digits = &text[colon + 1..];
    let port = match digits {
        "" => None,
        _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    Some((&text[..colon], port))
}

/// What a setting names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    /// `*`.
    Any,
    /// This host, at any port unless it has one.
    Exact(NamedHost),
    /// `*.shop.example`: any host with one label or more before the domain, not the domain itself.
    SubDomains(NamedHost),
}

impl HostPattern {
    fn matches(&self, host: &NamedHost) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact.name == host.name && is_port(exact.port, host.port),
            Self::SubDomains(domain) => match (&domain.name, &host.name) {
                (Host::Domain(domain_name), Host::Domain(name)) => {
                    let labels = name.strip_suffix(&**domain_name);
                    labels.is_some_and(|labels| labels.len() > 1 && labels.ends_with('.'))
                        && is_port(domain.port, host.port)
                }
                _ => false,
            },
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Exact(host) => host.fmt(f),
            Self::SubDomains(domain) => write!(f, "*.{domain}"),
        }
    }
}

/// A request leaves out the port that its scheme has anyway.
fn is_port(wanted: Option<u16>, named: Option<u16>) -> bool {
    match (wanted, named) {
        (None, _) | (Some(80 | 443), None) => true,
        (wanted, named) => wanted == named,
    }
}

impl FromStr for HostPattern {
    type Err = HostFault;

    fn from_str(text: &str) -> Result<Self, HostFault> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let Some(domain) = text.strip_prefix("*.") else {
            return match text.contains('*') {
                true => Err(HostFault::Wildcard),
                false => text.parse().map(Self::Exact),
            };
        };
        if domain.contains('*') {
            return Err(HostFault::Wildcard);
        }
        let domain: NamedHost = domain.parse().map_err(|fault| match fault {
            HostFault::Spelling(other) => HostFault::Spelling(format!("*.{other}")),
            other => other,
        })?;
        match &domain.name {
            // Below a top-level domain anybody may have a name.
            Host::Domain(name) if name.contains('.') => Ok(Self::SubDomains(domain)),
            _ => Err(HostFault::Wildcard),
        }
    }
}

/// The hosts that the gateway answers to, besides this machine's loopback names and addresses and the address that a
/// request has come to: no name server has a say in those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<HostPattern>);

impl Hosts {
    /// Reads a setting's values. Blanks around one do not count, nor does an empty one, as an empty environment variable
    /// gives it.
    ///
    /// # Errors
    /// For the first that names no host, or that was given before.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, HostError> {
        let mut patterns = Vec::new();
        for text in texts.iter().map(|text| text.as_ref().trim()).filter(|text| !text.is_empty()) {
            let refuse = |fault| HostError { host: text.to_owned(), fault };
            let pattern: HostPattern = text.parse().map_err(refuse)?;
            if patterns.contains(&pattern) {
                return Err(refuse(HostFault::Duplicate));
            }
            patterns.push(pattern);
        }
        Ok(Self(patterns))
    }

    /// Whether a request that has come to the address `reached` may name this host.
    pub fn admit(&self, host: &NamedHost, reached: Option<IpAddr>) -> bool {
        let address = host.address();
        host.is_loopback()
            || (address.is_some() && address == reached.map(|reached| reached.to_canonical()))
            || self.0.iter().any(|pattern| pattern.matches(host))
    }

    /// Each as it was given.
    pub fn iter(&self) -> impl Iterator<Item = impl fmt::Display> {
        self.0.iter()
    }

    /// Whether there is none but the loopback's.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
#[path = "hosts_tests.rs"]
mod tests;
