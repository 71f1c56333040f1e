//! What goes wrong with the database.

use deadpool_postgres::PoolError;
use tokio_postgres::error::DbError;

use crate::store::StoreError;
use crate::store::stored::Corrupt;

/// Why an operation ends without what it was for.
#[derive(Debug)]
pub enum Fault {
    /// By the rules. What it has changed until then is kept.
    Refused(StoreError),
    /// The database fails. Nothing is changed.
    Database(String),
    /// A row does not say what it should.
    Corrupt(&'static str),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Corrupt> for Fault {
    fn from(Corrupt(what): Corrupt) -> Self {
        Self::Corrupt(what)
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(whole(&error))
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        Self::Database(whole(&error))
    }
}

/// The error with all that led to it: the first alone says little. Not with the details of the database, which quote rows.
pub fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = match cause.downcast_ref::<DbError>() {
            Some(error) => error.message().to_owned(),
            None => cause.to_string(),
        };
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
