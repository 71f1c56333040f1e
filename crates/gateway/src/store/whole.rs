//! A store of everything that a gateway keeps.

use super::{KeyStore, SessionStore};

/// Everything that a gateway keeps, in one place.
pub trait Store: SessionStore + KeyStore {}

impl<S: SessionStore + KeyStore> Store for S {}
