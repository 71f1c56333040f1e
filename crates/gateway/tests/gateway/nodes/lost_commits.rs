//! What is done once, where the database does it and its answer is lost.

use super::*;

/// Stands between a gateway and the database. While it is told to, it passes COMMIT on and closes the connection before the
/// answer.
async fn losing(server: String) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let loses = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&loses);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let database = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(pass(client, database, Arc::clone(&told)));
        }
    });
    (port, loses)
}

async fn pass(
    mut client: TcpStream,
    mut database: TcpStream,
    loses: Arc<AtomicBool>,
) -> Option<()> {
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    let mut committing = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let bytes = &asked[..read.ok().filter(|count| *count > 0)?];
                committing |= loses.load(Ordering::SeqCst)
                    && bytes.windows(6).any(|text| text == b"COMMIT");
                database.write_all(bytes).await.ok()?;
            }
            read = database.read(&mut answered) => {
                let count = read.ok().filter(|count| *count > 0 && !committing)?;
                client.write_all(&answered[..count]).await.ok()?;
            }
        }
    }
}

/// 503 would say that it may be asked for again; the second time it is refused, or in the log twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_been_done_is_not_answered_as_what_was_not() {
    let _server = SERVER.lock().await;
    let Some(database) = Database::empty().await else { return };
    let mut url = url::Url::parse(&database.url).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let (proxy, loses) = losing(server).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy)).unwrap();
    let port = free_port();
    let gateway = Gateway::start(port, url.as_str(), "");
    let session = Client::of(&[port]).patient().open().await;
    session.check(1).await;
    assert_eq!(session.get().await["used_at"], json!(null));
    let used = format!("http://127.0.0.1:{port}/api/v1/sessions/{}/use", session.id);
    loses.store(true, Ordering::SeqCst);
    let (status, answer) =
        send(crate::common::client().post(used).bearer_auth(SERVER_KEY)).await.unwrap();
    loses.store(false, Ordering::SeqCst);
    assert_eq!(status, 500, "{answer}");
    assert!(session.get().await["used_at"].is_string(), "it was done");
    assert_discreet(&[gateway]);
}
