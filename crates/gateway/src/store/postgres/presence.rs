//! One connection by which a gateway says that it is there, and hears which checks have ended elsewhere.

use std::future::poll_fn;
use std::time::Duration;

use deadpool_postgres::Pool;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Error};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

use super::fault::whole;
use super::url::PostgresUrl;

/// How often a gateway says that it is there: a claim of one that has not for six seconds is anybody's.
const BEAT: Duration = Duration::from_secs(1);

/// How long the database may take to answer until the connection is made anew.
const SILENCE: Duration = Duration::from_secs(5);

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
    pub(super) task: JoinHandle<()>,
    ended: broadcast::Sender<Uuid>,
}

impl Presence {
    /// Starts it.
    pub fn start(url: PostgresUrl, tls: MakeRustlsConnect, node: Uuid) -> Self {
        let (ended, _) = broadcast::channel(BACKLOG);
        let sender = ended.clone();
        let task = tokio::spawn(async move {
            loop {
                // Whatever ends it, the store's own connections tell: they are used all the time.
                if let Err(error) = stay(&url, &tls, node, &sender).await {
                    tracing::debug!(%error, "the database does not hear us");
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        Self { task, ended }
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

async fn stay(
    url: &PostgresUrl,
    tls: &MakeRustlsConnect,
    node: Uuid,
    ended: &broadcast::Sender<Uuid>,
) -> Result<(), Error> {
    let connecting = timeout(SILENCE, url.config().connect(tls.clone()));
    let Ok(connected) = connecting.await else { return Ok(()) };
    let (client, mut connection) = connected?;
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
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    };
    let beat = async {
        client.batch_execute("LISTEN liveness_checks").await?;
        let statement = client.prepare(BEAT_SQL).await?;
        loop {
            let beat = timeout(SILENCE, client.execute(&statement, &[&node])).await;
            let Ok(beat) = beat else { return Ok(()) };
            beat?;
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::select! { ended = hear => ended, ended = beat => ended }
}
