//! Tenants: whose keys, sessions and credits they are.

use std::fmt;
use std::str::FromStr;

/// A tenant's name in flags, rows and logs: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(String);

/// A text that is no tenant's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant's id is 1 to 64 lower-case letters, digits and hyphens")]
pub struct TenantIdError;

impl TenantId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The tenant of the server key, and of sessions that are opened without a key.
impl Default for TenantId {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl FromStr for TenantId {
    type Err = TenantIdError;

    fn from_str(text: &str) -> Result<Self, TenantIdError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fine = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        if fine { Ok(Self(text.to_owned())) } else { Err(TenantIdError) }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_plain() {
        let longest = "a".repeat(64);
        for text in ["default", "shop-2", "0", &longest] {
            assert_eq!(text.parse::<TenantId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        let too_long = "a".repeat(65);
        for text in ["", "Shop", "a b", "a_b", "caf\u{e9}", "a/b", "a\n", &too_long] {
            assert_eq!(text.parse::<TenantId>(), Err(TenantIdError), "{text:?}");
        }
        assert_eq!(TenantId::default(), "default".parse().unwrap());
    }
}
