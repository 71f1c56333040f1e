//! URLs that name several hosts, of which one is the database.

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use super::*;

/// A port where nothing is answered, as of a machine that is off, for as long as this is there: its queue is full.
async fn silent() -> (u16, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(connected) = timeout(Duration::from_millis(500), TcpStream::connect(address)).await
    {
        queue.push(connected.unwrap());
    }
    (address.port(), (listener, queue))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_says_nothing_is_passed_over() {
    if !available() {
        return;
    }
    let (port, _silent) = silent().await;
    let url = place_as_text().await.replacen('@', &format!("@127.0.0.1:{port},"), 1);
    let store = PostgresStore::open(&PostgresUrl::parse(&url).unwrap(), ROOMY).await.unwrap();
    let seen = async || {
        let client = store.client().await.unwrap();
        let row = client.query_one("SELECT seen::TEXT FROM nodes", &[]).await.unwrap();
        row.get::<_, String>(0)
    };
    let announced = seen().await;
    let beats = async {
        while seen().await == announced {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), beats).await.expect("it goes on saying that it is there");
}

/// However long the URL has a connection take: others take the checks when they have heard nothing for six seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_nobody_is_heard_is_said_while_it_is_connected() {
    let (port, _silent) = silent().await;
    let url = format!("postgres://u@127.0.0.1:{port}/l?connect_timeout=10");
    let url = PostgresUrl::parse(&url).unwrap();
    let tls = open::tls(&url).unwrap();
    let presence = super::super::presence::Presence::start(url, tls, Uuid::nil());
    let said = async {
        while !presence.is_unheard() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(9), said).await.expect("long before it gives up");
}

/// A standby, or a database that is set to be read alone, takes connections all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_changes_is_refused_at_the_start() {
    if !available() {
        return;
    }
    let url = format!("{}%20-cdefault_transaction_read_only%3Don", place_as_text().await);
    let refused = PostgresStore::open(&PostgresUrl::parse(&url).unwrap(), ROOMY).await;
    let why = refused.err().expect("it is refused").to_string();
    assert!(why.contains("does not allow writes"), "{why}");
    // Unless the URL says that it need not.
    let url = PostgresUrl::parse(&format!("{url}&target_session_attrs=any")).unwrap();
    open::reach(&url).await.unwrap();
}
