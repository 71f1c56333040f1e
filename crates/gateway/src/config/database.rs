//! Where sessions are kept: a file, or a database that several gateways share.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};

use super::error::ConfigError;
use crate::store::postgres::PostgresUrl;

/// What was given as `--database`. It may have a password in it, so its `Debug` form does not show it.
#[derive(Debug, Clone)]
pub struct DatabaseFlag(SecretString);

impl FromStr for DatabaseFlag {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned().into()))
    }
}

/// A database.
#[derive(Debug, Clone)]
pub enum Database {
    /// SQLite, in this file.
    File(PathBuf),
    /// PostgreSQL.
    Postgres(PostgresUrl),
}

/// The database that the flag names, or else the environment (itself, or by a file). The flag has the environment's value
/// where it was not given.
pub fn database(
    flag: Option<DatabaseFlag>,
    environment: Result<Option<String>, ConfigError>,
) -> Result<Option<Database>, ConfigError> {
    let environment = environment?;
    let flag = flag.filter(|flag| !flag.0.expose_secret().is_empty());
    let given = flag.filter(|flag| Some(flag.0.expose_secret()) != environment.as_deref());
    let (text, on_command_line) = match (&given, &environment) {
        (Some(flag), _) => (flag.0.expose_secret(), true),
        (None, Some(text)) => (text.as_str(), false),
        (None, None) => return Ok(None),
    };
    if !PostgresUrl::is_meant(text) {
        return Ok(Some(Database::File(text.into())));
    }
    let url = PostgresUrl::parse(text).map_err(ConfigError::DatabaseUrl)?;
    if on_command_line && url.has_password() {
        return Err(ConfigError::PasswordOnCommandLine);
    }
    Ok(Some(Database::Postgres(url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(flag: Option<&str>, environment: Option<&str>) -> Result<String, ConfigError> {
        let flag = flag.map(|text| text.parse().unwrap());
        let database = database(flag, Ok(environment.map(str::to_owned)))?;
        Ok(format!("{database:?}"))
    }

    #[test]
    fn a_password_comes_from_the_environment_alone() {
        let url = "postgres://u:hushhush@db.example/l";
        let shown = "Some(Postgres(PostgresUrl(db.example:5432/l)))";
        assert_eq!(read(Some(url), None), Err(ConfigError::PasswordOnCommandLine));
        assert_eq!(read(Some(url), Some("other")), Err(ConfigError::PasswordOnCommandLine));
        assert_eq!(read(None, Some(url)).as_deref(), Ok(shown));
        // As the parser of flags hands on what is in the environment.
        assert_eq!(read(Some(url), Some(url)).as_deref(), Ok(shown));
        assert_eq!(read(Some("postgres://u@db.example/l"), None).as_deref(), Ok(shown));
        assert!(!format!("{:?}", url.parse::<DatabaseFlag>()).contains("hushhush"));
    }

    #[test]
    fn the_flag_counts_first_and_what_is_no_url_is_a_file() {
        assert_eq!(read(Some("a.db"), Some("b.db")).as_deref(), Ok("Some(File(\"a.db\"))"));
        assert_eq!(read(Some(""), None).as_deref(), Ok("None"));
        let refused = read(Some("postgres://u@h"), None).unwrap_err().to_string();
        assert_eq!(refused, "--database: it names no database");
    }
}
