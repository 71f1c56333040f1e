//! Where the page is, and where its forms go.

/// The page.
pub const PAGE: &str = "/admin";
/// Its style.
pub const STYLE: &str = "/admin/style.css";
/// The form with the server key.
pub const SIGN_IN: &str = "/admin/sign-in";
/// Its end.
pub const SIGN_OUT: &str = "/admin/sign-out";
/// A new key.
pub const KEYS: &str = "/admin/keys";
/// A key's end.
pub const REVOKE: &str = "/admin/keys/revoke";
