//! From a URL to connections and a schema of this version, or a sentence that says why not.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::whole;
use super::url::{MAKE, PostgresUrl};

/// Connections of one gateway, besides the one by which it is told of what others do.
const CONNECTIONS: usize = 10;

/// How long a request waits for a connection.
const WAIT: Duration = Duration::from_secs(5);

/// Whoever brings the schema up to date keeps the others waiting by this lock: "lvns".
const MIGRATION_LOCK: i64 = 0x6c76_6e73;

/// What leads from each version to the next; an empty database is of version 0. A step that has been released is
/// never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("audit.sql"),
    include_str!("origins.sql"),
    include_str!("metadata.sql"),
    include_str!("videos.sql"),
    include_str!("modes.sql"),
    include_str!("ends.sql"),
    include_str!("sharers.sql"),
    include_str!("lapses.sql"),
    include_str!("extensions.sql"),
    include_str!("likeness.sql"),
];

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No TLS.
    #[error("no TLS to the database {database}: {why}")]
    Tls {
        /// Which.
        database: String,
        /// Why.
        why: String,
    },
    /// It does not answer, or refuses us.
    #[error("the database {database} cannot be reached: {why}")]
    Unreachable {
        /// Which.
        database: String,
        /// Why.
        why: String,
    },
    /// Its schema is a later version's.
    #[error(
        "the database {database} is of version {found}, and this gateway knows those up to {known}: it needs a newer gateway"
    )]
    Newer {
        /// Which.
        database: String,
        /// Its version.
        found: i64,
        /// The newest that is known.
        known: usize,
    },
    /// Its schema cannot be brought to this version.
    #[error("the database {database} cannot be prepared: {why}")]
    Schema {
        /// Which.
        database: String,
        /// Why.
        why: String,
    },
}

/// What encrypts connections.
///
/// # Errors
/// [`ConnectError::Tls`].
pub fn tls(url: &PostgresUrl) -> Result<MakeRustlsConnect, ConnectError> {
    url.tls().map_err(|why| ConnectError::Tls { database: url.to_string(), why })
}

/// Connects once, to see whether that can be done.
///
/// # Errors
/// See [`ConnectError`].
pub async fn reach(url: &PostgresUrl) -> Result<(), ConnectError> {
    let asked = tokio::time::timeout(MAKE, ask(url)).await;
    asked.unwrap_or_else(|_elapsed| {
        let why = format!("no answer within {} seconds", MAKE.as_secs());
        Err(ConnectError::Unreachable { database: url.to_string(), why })
    })
}

async fn ask(url: &PostgresUrl) -> Result<(), ConnectError> {
    let (client, connection) = url.config().connect(tls(url)?).await.map_err(unreachable(url))?;
    let asked = client.simple_query("SELECT 1");
    tokio::select! {
        // Ends when it breaks.
        ended = connection => ended.map_err(unreachable(url)),
        answer = asked => answer.map(|_| ()).map_err(unreachable(url)),
    }
}

/// Why a database does not do what it should at the start.
pub fn unusable(url: &PostgresUrl, why: String) -> ConnectError {
    ConnectError::Schema { database: url.to_string(), why }
}

fn unreachable(url: &PostgresUrl) -> impl Fn(tokio_postgres::Error) -> ConnectError {
    move |error| ConnectError::Unreachable { database: url.to_string(), why: whole(&error) }
}

/// Connections to the database, whose schema is of this version from now on.
///
/// # Errors
/// See [`ConnectError`].
pub async fn open(url: &PostgresUrl) -> Result<Pool, ConnectError> {
    reach(url).await?;
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(url.config().clone(), tls(url)?, recycling);
    let pool = Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(MAKE))
        .recycle_timeout(Some(WAIT))
        .build()
        .map_err(|error| ConnectError::Unreachable {
            database: url.to_string(),
            why: error.to_string(),
        })?;
    prepare(&pool, url).await?;
    Ok(pool)
}

async fn prepare(pool: &Pool, url: &PostgresUrl) -> Result<(), ConnectError> {
    let database = || url.to_string();
    let failed = |error: tokio_postgres::Error| ConnectError::Schema {
        database: database(),
        why: whole(&error),
    };
    let mut client = pool
        .get()
        .await
        .map_err(|error| ConnectError::Unreachable { database: database(), why: whole(&error) })?;
    let migration = client.transaction().await.map_err(failed)?;
    // Others wait here for as long as it takes. That a table is there is nothing to be told.
    let settings = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning";
    migration.batch_execute(settings).await.map_err(failed)?;
    migration
        .execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK])
        .await
        .map_err(failed)?;
    migration
        .batch_execute("CREATE TABLE IF NOT EXISTS liveness_schema (version BIGINT NOT NULL)")
        .await
        .map_err(failed)?;
    let row = migration
        .query_one("SELECT coalesce(max(version), 0) FROM liveness_schema", &[])
        .await
        .map_err(failed)?;
    let found: i64 = row.try_get(0).map_err(failed)?;
    let steps = usize::try_from(found).ok().and_then(|version| MIGRATIONS.get(version..));
    let Some(steps) = steps else {
        return Err(ConnectError::Newer { database: database(), found, known: MIGRATIONS.len() });
    };
    for step in steps {
        migration.batch_execute(step).await.map_err(failed)?;
    }
    if !steps.is_empty() {
        let version = MIGRATIONS.len() as i64;
        let sql = "INSERT INTO liveness_schema VALUES ($1)";
        migration.execute(sql, &[&version]).await.map_err(failed)?;
    }
    migration.commit().await.map_err(failed)
}
