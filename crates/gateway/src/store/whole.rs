//! A store of everything that a gateway keeps.

use super::{KeyStore, SessionStore, TenantStore};

/// Everything that a gateway keeps, in one place.
pub trait Store: SessionStore + KeyStore + TenantStore {}

impl<S: SessionStore + KeyStore + TenantStore> Store for S {}
