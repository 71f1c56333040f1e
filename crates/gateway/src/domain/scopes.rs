//! What a key may be used for: the scopes that the Moveris API documents.

use std::fmt;
use std::str::FromStr;

macro_rules! scopes {
    ($( $(#[doc = $doc:literal])* $variant:ident = $name:literal; )+) => {
        /// A documented scope.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Scope { $( $(#[doc = $doc])* $variant, )+ }

        impl Scope {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Scope] = &[ $( Scope::$variant, )+ ];

            /// Its name.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$variant => $name, )+ } }
        }
    };
}

scopes! {
    /// Submit checks.
    DetectionWrite = "detection:write";
    /// Read results.
    DetectionRead = "detection:read";
    /// Open sessions, and give them back.
    SessionWrite = "session:write";
    /// Read sessions.
    SessionRead = "session:read";
    /// Record audit events on sessions.
    SessionAudit = "session:audit";
    /// List keys.
    KeysRead = "keys:read";
    /// Create and revoke keys.
    KeysWrite = "keys:write";
    /// Read what has been used.
    UsageRead = "usage:read";
    /// Read the balance of credits.
    CreditsRead = "credits:read";
    /// List webhooks.
    WebhooksRead = "webhooks:read";
    /// Change webhooks.
    WebhooksWrite = "webhooks:write";
    /// List allowed origins.
    HostsRead = "hosts:read";
    /// Change allowed origins.
    HostsWrite = "hosts:write";
}

/// A text that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a scope: {text:?}; the scopes are {}", names(Scope::ALL.iter().copied()).replace(' ', ", "))]
pub struct UnknownScope {
    /// The text.
    pub text: String,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let named = Self::ALL.iter().copied().find(|scope| scope.as_str() == text);
        named.ok_or_else(|| UnknownScope { text: text.to_owned() })
    }
}

fn names(scopes: impl Iterator<Item = Scope>) -> String {
    scopes.map(Scope::as_str).collect::<Vec<_>>().join(" ")
}

/// The scopes of a key. None means all: keys from before there were scopes stay what they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u16);

impl Scopes {
    const fn bit(scope: Scope) -> u16 {
        1 << scope as u16
    }

    /// Whether a key with these scopes may do what needs this one.
    pub const fn allow(self, scope: Scope) -> bool {
        self.0 == 0 || self.0 & Self::bit(scope) != 0
    }

    /// Those that are named, in the documentation's order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.0 & Self::bit(*scope) != 0)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | Self::bit(scope)))
    }
}

/// Their names with a blank between them; empty for none.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&names(self.iter()))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split_ascii_whitespace().map(str::parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_allows_itself_and_none_allows_all() {
        for &one in Scope::ALL {
            let scopes: Scopes = [one].into_iter().collect();
            for &other in Scope::ALL {
                assert_eq!(scopes.allow(other), one == other, "{one} {other}");
                assert!(Scopes::default().allow(other));
            }
            assert_eq!(one.as_str().parse(), Ok(one));
        }
    }

    #[test]
    fn scopes_are_written_and_read() {
        let all: Scopes = Scope::ALL.iter().copied().collect();
        let two: Scopes = [Scope::SessionRead, Scope::DetectionWrite].into_iter().collect();
        assert_eq!(two.to_string(), "detection:write session:read");
        for scopes in [all, two, Scopes::default()] {
            assert_eq!(scopes.to_string().parse(), Ok(scopes));
        }
        let unknown = "session:read all".parse::<Scopes>().unwrap_err();
        assert!(unknown.to_string().contains("\"all\""), "{unknown}");
        assert!(unknown.to_string().contains("session:audit, keys:read"), "{unknown}");
    }
}
