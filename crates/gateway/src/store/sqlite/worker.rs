//! The thread that has the connection. What waits for it at once shares one transaction, and so one write to
//! the disk; an answer is given once that has been made.

use std::fs::File;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::oneshot;

use super::open::BUSY_TIMEOUT;
use crate::store::StoreError;
use crate::store::failures::Failures;
use crate::store::stored::Corrupt;

/// The most operations of one transaction.
const MAX_GROUP: usize = 64;

/// Free pages beyond which the file shrinks, and by how many at a time: 64 and 16 MB.
const MAX_FREE: i64 = 16_384;
const SHRINK: i64 = 4096;

/// Why an operation ends without what it was for.
#[derive(Debug)]
pub enum Fault {
    /// By the rules. What it has changed until then is kept.
    Refused(StoreError),
    /// The database fails. Nothing is changed.
    Database(rusqlite::Error),
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

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Fault {
    /// What the caller gets.
    pub fn refusal(&self) -> StoreError {
        match self {
            Self::Refused(error) => error.clone(),
            Self::Database(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
                StoreError::Full
            }
            Self::Database(_) | Self::Corrupt(_) => StoreError::Unavailable,
        }
    }
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It does not, so that it also works on a disk that is full.
    Read,
    /// It may.
    Write,
}

/// An operation and whoever waits for it.
trait Job: Send {
    fn access(&self) -> Access;

    /// Runs it; may be done again when the transaction has failed.
    fn attempt(&mut self, db: &Connection) -> Result<(), Fault>;

    /// Answers: with what has come of it, or with the failure of its transaction.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

struct Operation<T, F> {
    access: Access,
    work: F,
    result: Result<T, StoreError>,
    waits: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnMut(&Connection) -> Result<T, Fault> + Send> Job for Operation<T, F> {
    fn access(&self) -> Access {
        self.access
    }

    fn attempt(&mut self, db: &Connection) -> Result<(), Fault> {
        self.result = match (self.work)(db) {
            Ok(value) => Ok(value),
            Err(Fault::Refused(error)) => Err(error),
            Err(failure) => return Err(failure),
        };
        Ok(())
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        // Fails when nobody waits any more.
        self.waits.send(failure.map_or(self.result, Err)).ok();
    }
}

enum Message {
    Job(Box<dyn Job>),
    Tidy(oneshot::Sender<()>),
}

/// A handle to the thread. It ends with the handle, after everything that it was given.
pub struct Worker {
    messages: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub fn start(connection: Connection, lock: File) -> std::io::Result<Self> {
        let (sender, messages) = channel();
        let desk = Desk { db: connection, failures: Failures::default(), _lock: lock };
        let thread = std::thread::Builder::new()
            .name("database".to_owned())
            .spawn(move || desk.work(&messages))?;
        Ok(Self { messages: Some(sender), thread: Some(thread) })
    }

    /// Runs an operation, in a transaction.
    ///
    /// # Errors
    /// As the operation says; [`StoreError::Full`] if the disk is, [`StoreError::Unavailable`] if the database
    /// fails otherwise.
    pub async fn run<T: Send + 'static>(
        &self,
        access: Access,
        work: impl FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (waits, answer) = oneshot::channel();
        let operation = Operation { access, work, result: Err(StoreError::Unavailable), waits };
        self.send(Message::Job(Box::new(operation)));
        // Without an answer the thread is gone.
        answer.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Takes what has been deleted out of the log beside the database, and shrinks the file if much of it is free.
    pub async fn tidy(&self) {
        let (done, tidied) = oneshot::channel();
        self.send(Message::Tidy(done));
        tidied.await.ok();
    }

    fn send(&self, message: Message) {
        if let Some(messages) = &self.messages {
            // Fails only if the thread is gone, which whoever waits for the answer hears.
            messages.send(message).ok();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.messages = None;
        if let Some(thread) = self.thread.take() {
            // Its panic, if it had one, has been reported.
            thread.join().ok();
        }
    }
}

/// What the thread has.
struct Desk {
    db: Connection,
    failures: Failures,
    _lock: File,
}

impl Desk {
    fn work(mut self, messages: &Receiver<Message>) {
        while let Ok(first) = messages.recv() {
            let mut group = Vec::new();
            let mut next = Some(first);
            let mut tidied = Vec::new();
            while let Some(message) = next {
                match message {
                    Message::Job(job) => group.push(job),
                    Message::Tidy(done) => tidied.push(done),
                }
                next = if group.len() < MAX_GROUP { messages.try_recv().ok() } else { None };
            }
            self.run(group);
            if !tidied.is_empty() {
                let result = self.tidy();
                self.note(&result);
                for done in tidied {
                    done.send(()).ok();
                }
            }
        }
        // To close the last connection empties the log beside the database.
    }

    /// Runs them together; if that fails, each by itself.
    fn run(&mut self, mut group: Vec<Box<dyn Job>>) {
        if group.len() > 1 && self.transact(&mut group).is_ok() {
            group.into_iter().for_each(|job| job.answer(None));
            return;
        }
        for mut job in group {
            let result = self.transact(std::slice::from_mut(&mut job));
            if job.access() == Access::Write || result.is_err() {
                self.note(&result);
            }
            job.answer(result.err().map(|failure| failure.refusal()));
        }
    }

    fn transact(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), Fault> {
        let writes = jobs.iter().any(|job| job.access() == Access::Write);
        let behaviour =
            if writes { TransactionBehavior::Immediate } else { TransactionBehavior::Deferred };
        let transaction = self.db.transaction_with_behavior(behaviour)?;
        for job in jobs {
            job.attempt(&transaction)?;
        }
        Ok(transaction.commit()?)
    }

    fn tidy(&self) -> Result<(), Fault> {
        let free: i64 = self.db.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
        if free > MAX_FREE {
            let mut shrink = self.db.prepare(&format!("PRAGMA incremental_vacuum({SHRINK})"))?;
            let mut rows = shrink.query([])?;
            while rows.next()?.is_some() {}
        }
        // Does what it can where somebody else is at the file, such as a backup, and waits for nobody: all requests would.
        self.db.busy_timeout(Duration::ZERO)?;
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let done = self.db.query_row(checkpoint, [], |_| Ok(()));
        self.db.busy_timeout(BUSY_TIMEOUT)?;
        Ok(done?)
    }

    /// For the log.
    fn note(&mut self, result: &Result<(), Fault>) {
        match result {
            Ok(()) => self.failures.works(),
            Err(Fault::Database(error)) => self.failures.fails(error),
            Err(Fault::Corrupt(what)) => self.failures.cannot_read(what),
            Err(Fault::Refused(_)) => {}
        }
    }
}
