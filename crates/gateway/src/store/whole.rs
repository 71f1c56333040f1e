//! A store of everything that a gateway keeps.

use super::{AuditStore, KeyStore, SessionStore, TenantStore};

/// Everything that a gateway keeps, in one place.
pub trait Store: SessionStore + KeyStore + TenantStore + AuditStore {}

impl<S: SessionStore + KeyStore + TenantStore + AuditStore> Store for S {}
