//! Who does something, and when: what the audit log begins with.

use std::fmt;

use super::clock::UnixMillis;
use super::keys::{KeyHolder, KeyId};

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Whoever has this key.
    Key(KeyId),
    /// Whoever has the server key.
    ServerKey,
    /// Whoever runs the program's commands on the database.
    CommandLine,
    /// The gateway by itself.
    Gateway,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key {id}"),
            Self::ServerKey => f.write_str("server key"),
            Self::CommandLine => f.write_str("command line"),
            Self::Gateway => f.write_str("gateway"),
        }
    }
}

/// Who does something, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: UnixMillis,
}

impl By {
    /// The gateway by itself.
    pub const fn gateway(at: UnixMillis) -> Self {
        Self { actor: Actor::Gateway, at }
    }

    /// One of the program's commands.
    pub const fn command_line(at: UnixMillis) -> Self {
        Self { actor: Actor::CommandLine, at }
    }

    /// Whoever has the server key.
    pub const fn server_key(at: UnixMillis) -> Self {
        Self { actor: Actor::ServerKey, at }
    }

    /// Whoever has shown a key.
    pub fn holder(holder: &KeyHolder, at: UnixMillis) -> Self {
        Self { actor: holder.key.map_or(Actor::ServerKey, Actor::Key), at }
    }
}
