//! What is signed under one secret, for one use of it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

/// An HMAC-SHA256 that has taken `domain`, which keeps it apart from any other use of the same secret.
pub fn keyed(secret: &SecretSlice<u8>, domain: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret())
        .expect("HMAC takes a key of any length");
    mac.update(domain);
    mac
}
