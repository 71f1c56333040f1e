//! Whose pages a session's token is for.

use std::fmt;
use std::str::FromStr;

use super::origins::OriginPattern;
use super::tenants::TenantId;

/// Whose pages may use a session's token, besides the gateway's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Those of the origins that the gateway lets in for all, and of the tenant's own.
    Tenant(TenantId),
    /// Those of the origin that the back end named when it opened the session.
    Pages(OriginPattern),
}

/// A text that names no audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an audience")]
pub struct AudienceError;

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(tenant) => write!(f, "t:{tenant}"),
            Self::Pages(origin) => write!(f, "o:{origin}"),
        }
    }
}

impl FromStr for Audience {
    type Err = AudienceError;

    fn from_str(text: &str) -> Result<Self, AudienceError> {
        let read = match text.split_once(':') {
            Some(("t", tenant)) => tenant.parse().ok().map(Self::Tenant),
            Some(("o", origin)) => origin.parse().ok().map(Self::Pages),
            _ => None,
        };
        read.ok_or(AudienceError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_read_as_it_is_written() {
        let pages = |origin: &str| Audience::Pages(origin.parse().unwrap());
        for (audience, text) in [
            (Audience::Tenant("shop".parse().unwrap()), "t:shop"),
            (pages("https://shop.example:8443"), "o:https://shop.example:8443"),
            (pages("https://*.shop.example"), "o:https://*.shop.example"),
        ] {
            assert_eq!(audience.to_string(), text);
            assert_eq!(text.parse(), Ok(audience));
        }
        for text in ["", "t:", "t:Shop", "o:null", "x:shop", "shop"] {
            assert_eq!(text.parse::<Audience>(), Err(AudienceError), "{text:?}");
        }
    }
}
