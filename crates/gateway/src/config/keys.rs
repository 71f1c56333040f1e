//! The command line of `keys`.

use clap::Subcommand;

use crate::domain::keys::KeyId;
use crate::domain::scopes::Scope;
use crate::domain::tenants::TenantId;
use crate::domain::visible::is_visible;

/// What to do with keys.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum KeysCommand {
    /// Make a key, and show it this once.
    Create {
        /// What people call it, such as the program that uses it.
        #[arg(long, value_parser = name)]
        name: String,
        /// What it may be used for, such as `session:read`; may be repeated. Without any, for everything.
        #[arg(long = "scope", value_delimiter = ',', value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// Whose key it is.
        #[arg(long, default_value_t)]
        tenant: TenantId,
        /// How many days it holds. Without it, until it is revoked.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires_in_days: Option<u32>,
    },
    /// List all keys; their secrets are not known.
    List,
    /// End a key, at once and for good.
    Revoke {
        /// The 16 digits between the underscores of the key.
        id: KeyId,
    },
    /// Give a key another secret, and show it this once.
    Rotate {
        /// The 16 digits between the underscores of the key.
        id: KeyId,
        /// How many hours the old secret holds as well. 0 ends it at once.
        #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(0..=8760))]
        overlap_hours: u32,
    },
}

/// 1 to 100 characters that can be seen.
pub fn name(text: &str) -> Result<String, &'static str> {
    let fine = (1..=100).contains(&text.chars().count()) && text.chars().all(is_visible);
    if fine && !text.trim().is_empty() {
        Ok(text.to_owned())
    } else {
        Err("a name is 1 to 100 visible characters")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_seen() {
        let longest = "n".repeat(100);
        for text in [
            "till",
            "the \"till's\" \\ a",
            "\u{e9}",
            "e\u{301}",
            "\u{5c71}\u{7530}",
            "\u{1f600}",
            &longest,
        ] {
            assert_eq!(name(text).as_deref(), Ok(text));
        }
        let hidden = [
            '\u{ad}',
            '\u{200b}',
            '\u{200e}',
            '\u{2028}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{feff}',
            '\u{3164}',
            '\u{e0001}',
            '\u{e000}',
            '\u{85}',
            '\u{fff9}',
        ];
        for character in hidden {
            assert!(name(&format!("a{character}b")).is_err(), "{character:?}");
        }
        for text in ["", " ", "a\nb", "\u{1b}[31m", &"n".repeat(101)] {
            assert!(name(text).is_err(), "{text:?}");
        }
    }
}
