//! One connection by which a gateway says that it is there, and hears which checks have ended elsewhere.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::Pool;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::AsyncMessage;
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

use super::fault::whole;
use super::url::PostgresUrl;

/// How often a gateway says that it is there: a claim of one that has not for six seconds is anybody's.
const BEAT: Duration = Duration::from_secs(1);

/// How long the database may take to answer until the connection is made anew. With what comes before the next beat it is
/// [`UNHEARD`].
const SILENCE: Duration = Duration::from_secs(4);

/// How long after the last beat that it heard it is said that the database does not hear this gateway: just before others may
/// take its checks for cut off.
const UNHEARD: Duration = Duration::from_secs(5);

/// The pause before a lost connection is made again.
const PAUSE: Duration = Duration::from_millis(500);

/// Says it, and forgets gateways that have been gone for long.
const BEAT_SQL: &str = "WITH gone AS (DELETE FROM nodes WHERE seen < clock_timestamp() - interval '1 hour' AND id <> $1)
    INSERT INTO nodes VALUES ($1, clock_timestamp()) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen";

/// How many endings may wait for whoever listens.
const BACKLOG: usize = 1024;

/// Says it once.
///
/// # Errors
/// As the database says.
pub async fn announce(pool: &Pool, node: Uuid) -> Result<(), String> {
    let client = pool.get().await.map_err(|error| whole(&error))?;
    client.execute(BEAT_SQL, &[&node]).await.map(|_| ()).map_err(|error| whole(&error))
}

/// The connection's task; it ends with this.
pub struct Presence {
    pub(super) task: JoinHandle<(Infallible, Infallible)>,
    ended: broadcast::Sender<Uuid>,
    #[cfg(test)]
    silence: Arc<Mutex<Silence>>,
}

impl Presence {
    /// Starts it.
    pub fn start(url: PostgresUrl, tls: MakeRustlsConnect, node: Uuid) -> Self {
        let (ended, _) = broadcast::channel(BACKLOG);
        let sender = ended.clone();
        let silence = Arc::new(Mutex::new(Silence::new(Instant::now())));
        let own = Arc::clone(&silence);
        let task = tokio::spawn(async move {
            let why = Mutex::new(None);
            let stays = async {
                loop {
                    let Err(error) = stay(&url, &tls, node, &sender, &own).await;
                    *lock(&why) = Some(error);
                    tokio::time::sleep(PAUSE).await;
                }
            };
            // Beside it: to connect may take longer than others wait.
            let watches = async {
                loop {
                    tokio::time::sleep(PAUSE).await;
                    if lock(&own).is_to_be_said(Instant::now()) {
                        let why = lock(&why).take().unwrap_or_else(|| "it does not answer".into());
                        tracing::warn!(
                            why,
                            "the database does not hear that this gateway is there: others may take its checks for cut off"
                        );
                    }
                }
            };
            tokio::join!(stays, watches)
        });
        Self {
            task,
            ended,
            #[cfg(test)]
            silence,
        }
    }

    /// Whether the log says that the database does not hear this gateway.
    #[cfg(test)]
    pub fn is_unheard(&self) -> bool {
        lock(&self.silence).said
    }

    /// From now on, the sessions whose checks end.
    pub fn endings(&self) -> broadcast::Receiver<Uuid> {
        self.ended.subscribe()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// For how long the database has not heard this gateway.
#[derive(Debug)]
struct Silence {
    /// The last beat that it heard.
    heard: Instant,
    said: bool,
}

impl Silence {
    /// It has heard this one.
    const fn new(heard: Instant) -> Self {
        Self { heard, said: false }
    }

    /// Whether it is to be said: once, when nothing has been heard for long.
    fn is_to_be_said(&mut self, now: Instant) -> bool {
        let lasts = now.duration_since(self.heard) >= UNHEARD;
        lasts && !std::mem::replace(&mut self.said, lasts)
    }

    /// Notes that this beat was heard. Whether that is to be said, since the opposite was.
    fn is_over(&mut self, heard: Instant) -> bool {
        std::mem::replace(self, Self::new(heard)).said
    }
}

/// Keeps a connection until it is lost, and says why that is.
async fn stay(
    url: &PostgresUrl,
    tls: &MakeRustlsConnect,
    node: Uuid,
    ended: &broadcast::Sender<Uuid>,
    silence: &Mutex<Silence>,
) -> Result<Infallible, String> {
    let patience = url.time_to_connect();
    let connecting = timeout(patience, url.config().connect(tls.clone()));
    let connected = connecting.await.map_err(|_elapsed| unanswered(patience))?;
    let (client, mut connection) = connected.map_err(|error| whole(&error))?;
    let hear = async {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(told))) => {
                    if let Ok(id) = told.payload().parse() {
                        // Fails when nobody waits for any.
                        ended.send(id).ok();
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(whole(&error)),
                None => return Err("the connection has been closed".to_owned()),
            }
        }
    };
    let beat = async {
        let listening = client.batch_execute("LISTEN liveness_checks").await;
        listening.map_err(|error| whole(&error))?;
        let statement = client.prepare(BEAT_SQL).await.map_err(|error| whole(&error))?;
        loop {
            let begun = Instant::now();
            let beat = timeout(SILENCE, client.execute(&statement, &[&node])).await;
            beat.map_err(|_elapsed| unanswered(SILENCE))?.map_err(|error| whole(&error))?;
            if lock(silence).is_over(begun) {
                tracing::info!("the database hears again that this gateway is there");
            }
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::select! { ended = hear => ended, ended = beat => ended }
}

fn unanswered(within: Duration) -> String {
    format!("it has not answered within {} seconds", within.as_secs())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_that_lasts_is_said_once_and_its_end_too() {
        let start = Instant::now();
        let mut silence = Silence::new(start);
        for row in 0..3 {
            let at = |ms| start + Duration::from_secs(100 * row) + Duration::from_millis(ms);
            assert_eq!(silence.is_over(at(0)), row > 0);
            let said: Vec<u64> =
                (500..60_000).step_by(500).filter(|&ms| silence.is_to_be_said(at(ms))).collect();
            assert_eq!(said, [UNHEARD.as_millis() as u64]);
        }
        let end = start + Duration::from_secs(300);
        assert!(silence.is_over(end) && !silence.is_over(end));
        // One that is over soon is nobody's business.
        for second in [2, 4, 6, 8] {
            assert!(!silence.is_to_be_said(end + Duration::from_secs(second)));
            assert!(!silence.is_over(end + Duration::from_secs(second)));
        }
    }

    /// However late the first failure comes: a beat that is not answered fails only after a while.
    #[test]
    fn a_silence_counts_from_the_last_beat_that_was_heard() {
        let start = Instant::now();
        let mut silence = Silence::new(start);
        assert!(!silence.is_over(start + BEAT));
        assert!(silence.is_to_be_said(start + BEAT + BEAT + SILENCE));
    }
}
