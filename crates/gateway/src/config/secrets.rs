//! Secrets, from the environment or from the files that it names.

use std::io;
use std::sync::OnceLock;

use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use super::error::ConfigError;
use crate::domain::token::MIN_SECRET_BYTES;
use crate::store::sealed::StorageKey;

/// The key that pictures are encrypted with, and the one before it.
pub fn storage_key(
    secret_of: impl Fn(&str) -> Result<Option<String>, ConfigError>,
) -> Result<Option<StorageKey>, ConfigError> {
    let read = |name| -> Result<Option<SecretSlice<u8>>, ConfigError> {
        let secret = secret_of(name)?.map(|secret| signing_secret(name, secret)).transpose()?;
        Ok(secret.map(Into::into))
    };
    let (key, previous) = (read("LIVENESS_STORAGE_KEY")?, read("LIVENESS_PREVIOUS_STORAGE_KEY")?);
    match key {
        Some(key) => Ok(Some(StorageKey { key, previous })),
        None if previous.is_some() => Err(ConfigError::PreviousStorageKeyAlone),
        None => Ok(None),
    }
}

/// A secret from its variable, or from the file that `..._FILE` names (`-` is standard input), without the end of its last line.
/// A variable that is
/// empty counts as absent; a file that is named is meant to have a secret in it.
pub fn secret(
    env: impl Fn(&str) -> Option<String>,
    name: &str,
) -> Result<Option<String>, ConfigError> {
    let value = |name: &str| env(name).filter(|value| !value.is_empty());
    let (given, file) = (value(name), value(&format!("{name}_FILE")));
    let name = name.to_owned();
    let secret = match (given, file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(ConfigError::TwoSecrets { name }),
        (Some(given), None) => given,
        (None, Some(file)) => match read(&name, &file) {
            Ok(text) => text.trim_end_matches(['\r', '\n']).to_owned(),
            Err(error) => return Err(ConfigError::SecretFile { name, why: error.to_string() }),
        },
    };
    if secret.is_empty() {
        return Err(ConfigError::EmptySecret { name });
    }
    if secret.chars().any(char::is_control) {
        return Err(ConfigError::SecretText { name });
    }
    Ok(Some(secret))
}

/// What has come by standard input, and for which variable: it can be read once, and settings are looked at more often.
static STANDARD_INPUT: OnceLock<(String, SecretString)> = OnceLock::new();

fn read(name: &str, file: &str) -> io::Result<String> {
    if file != "-" {
        return std::fs::read_to_string(file);
    }
    let (whose, text) = match STANDARD_INPUT.get() {
        Some(read) => read,
        None => {
            let text = io::read_to_string(io::stdin())?;
            STANDARD_INPUT.get_or_init(|| (name.to_owned(), text.into()))
        }
    };
    if whose == name {
        Ok(text.expose_secret().to_owned())
    } else {
        Err(io::Error::other(format!("standard input is that of {whose}_FILE")))
    }
}

pub fn signing_secret(name: &'static str, secret: String) -> Result<Vec<u8>, ConfigError> {
    let long_enough = secret.len() >= MIN_SECRET_BYTES;
    if long_enough { Ok(secret.into_bytes()) } else { Err(ConfigError::ShortSecret { name }) }
}

pub fn random_secret() -> Result<Vec<u8>, ConfigError> {
    let mut secret = vec![0; MIN_SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|error| ConfigError::Random(error.to_string()))?;
    Ok(secret)
}
