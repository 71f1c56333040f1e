//! From a path to a database of this version, or a sentence that says why not.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// How long another gateway on the same file may hold it.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Marks a database as ours: "lvns".
const APPLICATION_ID: i64 = 0x6c76_6e73;

/// What leads from each version to the next; an empty file is of version 0. A step that has been released is
/// never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("keys.sql"),
    include_str!("tenants.sql"),
    include_str!("claims.sql"),
    include_str!("prints.sql"),
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

/// The first version with an audit log.
const AUDITED: i64 = 6;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It, or the file beside it that says who uses it, cannot be opened or made.
    #[error("the database {path:?} cannot be opened: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can be read only.
    #[error("the database {0:?} cannot be written")]
    ReadOnly(PathBuf),
    /// Another kind of file.
    #[error("{0:?} is not a database")]
    NotADatabase(PathBuf),
    /// A database of another program.
    #[error("{0:?} is the database of another program")]
    OfAnother(PathBuf),
    /// A database of a later version.
    #[error(
        "the database {path:?} is of version {found}, and this gateway knows those up to {known}: it needs a newer gateway"
    )]
    Newer {
        /// Which.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest that is known.
        known: usize,
    },
    /// A database of an earlier version, which had no audit log.
    #[error("the database {path:?} is of version {found}, from before there was an audit log")]
    NoAuditLog {
        /// Which.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// A row that cannot be read.
    #[error("the database {path:?} is damaged: {what}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Anything else.
    #[error("the database {path:?} does not work: {source}")]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

/// An open database.
pub struct Opened {
    /// The connection.
    pub connection: Connection,
    /// Says to others that it is in use, as long as it is open.
    pub lock: File,
    /// Whether nobody else uses it, so that claims in it were left by processes that are gone. Nobody else can
    /// open it then before it is shared.
    pub alone: bool,
}

impl Opened {
    /// Lets others in, after whatever only the first one may do.
    ///
    /// # Errors
    /// When the lock cannot be changed.
    pub fn share(&self) -> io::Result<()> {
        // In between another may have it alone: it finds no claims, since this one has made none yet.
        self.lock.unlock().and_then(|()| self.lock.lock_shared())
    }
}

/// Whether the database could be opened, or made. Makes none, and changes nothing in one.
///
/// # Errors
/// See [`OpenError`].
pub fn probe(path: &Path) -> Result<(), OpenError> {
    let file_error = |source| OpenError::File { path: path.to_owned(), source };
    // What is kept beside it needs the folder. This file has no name there.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    tempfile::tempfile_in(folder.unwrap_or(Path::new("."))).map_err(file_error)?;
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error(error)),
        Ok(_) => {}
    }
    drop(OpenOptions::new().read(true).write(true).open(path).map_err(file_error)?);
    connect(path).map(drop)
}

fn database_error(path: &Path) -> impl Fn(rusqlite::Error) -> OpenError + Copy {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase(path.to_owned()),
        Some(ErrorCode::ReadOnly) => OpenError::ReadOnly(path.to_owned()),
        _ => OpenError::Database { path: path.to_owned(), source },
    }
}

/// Opens a file that is there, if it is a database of ours that can be written.
fn connect(path: &Path) -> Result<Connection, OpenError> {
    let database_error = database_error(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(database_error)?;
    if connection.is_readonly("main").map_err(database_error)? {
        return Err(OpenError::ReadOnly(path.to_owned()));
    }
    known_version(&connection, path)?;
    Ok(connection)
}

/// The version of a database that is ours, and not of a later gateway.
fn known_version(connection: &Connection, path: &Path) -> Result<i64, OpenError> {
    match version(connection).map_err(database_error(path))? {
        Version::Ours(found) if found > MIGRATIONS.len() as i64 => {
            let known = MIGRATIONS.len();
            Err(OpenError::Newer { path: path.to_owned(), found, known })
        }
        Version::Ours(found) => Ok(found),
        Version::OfAnother => Err(OpenError::OfAnother(path.to_owned())),
    }
}

/// Whether there is a log beside the database: somebody uses it, or has ended without an end of it.
pub fn is_used(path: &Path) -> bool {
    named_after(path, "-wal").exists()
}

/// Opens a file that is there to be read. One that is not used is taken as it lies, so that nothing has to be written for it.
///
/// # Errors
/// See [`OpenError`].
pub fn to_read(path: &Path, used: bool) -> Result<Connection, OpenError> {
    let database_error = database_error(path);
    // Beginning with a slash: otherwise its first folder would be taken for a host.
    let absolute = std::path::absolute(path)
        .map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    let address = url::Url::from_file_path(&absolute).map_err(|()| OpenError::File {
        path: path.to_owned(),
        source: io::ErrorKind::InvalidFilename.into(),
    })?;
    let address = format!("{address}?mode=ro{}", if used { "" } else { "&immutable=1" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(address, flags).map_err(database_error)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(database_error)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(database_error)?;
    match known_version(&connection, path)? {
        found if found < AUDITED => Err(OpenError::NoAuditLog { path: path.to_owned(), found }),
        _ => Ok(connection),
    }
}

/// Opens the database, or makes it: readable for its owner alone.
///
/// # Errors
/// See [`OpenError`].
pub fn open(path: &Path) -> Result<Opened, OpenError> {
    let file_error = |source| OpenError::File { path: path.to_owned(), source };
    let lock = private_file(&beside(path)).map_err(file_error)?;
    let alone = match lock.try_lock() {
        Ok(()) => true,
        // Whoever recovers at this moment is waited for.
        Err(TryLockError::WouldBlock) => {
            lock.lock_shared().map_err(file_error)?;
            false
        }
        Err(TryLockError::Error(error)) => return Err(file_error(error)),
    };
    // Closed before SQLite opens it: to close another handle later would lose SQLite's locks.
    drop(private_file(path).map_err(file_error)?);
    let mut connection = connect(path)?;
    prepare(&mut connection).map_err(database_error(path))?;
    Ok(Opened { connection, lock, alone })
}

/// The file whose lock says that the database is in use.
fn beside(path: &Path) -> PathBuf {
    named_after(path, "-lock")
}

fn named_after(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a file for writing; a new one is its owner's alone.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

enum Version {
    Ours(i64),
    OfAnother,
}

fn version(db: &Connection) -> Result<Version, rusqlite::Error> {
    let pragma = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let ours = pragma("application_id")? == APPLICATION_ID;
    let version = pragma("user_version")?;
    Ok(if ours || (tables == 0 && version == 0) {
        Version::Ours(version)
    } else {
        Version::OfAnother
    })
}

fn prepare(db: &mut Connection) -> Result<(), rusqlite::Error> {
    db.busy_timeout(BUSY_TIMEOUT)?;
    // Has an effect on an empty file alone, before everything else.
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.set_prepared_statement_cache_capacity(64);
    let migration = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = migration.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(usize::MAX)) {
        migration.execute_batch(step)?;
    }
    migration.pragma_update(None, "application_id", APPLICATION_ID)?;
    migration.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    migration.commit()
}
