//! Connections over TLS, and the certificates that are refused.

use super::*;

/// The file with the test server's certificate, its own root, which is that of `localhost`.
fn root() -> String {
    std::env::var("LIVENESS_TEST_POSTGRES_ROOT").expect("set by cargo xtask postgres")
}

/// The database by this name of its host and with this file of roots.
fn by(host: &str, root: &str) -> PostgresUrl {
    let url = DATABASE.as_deref().unwrap().replace("127.0.0.1", host);
    PostgresUrl::parse(&format!("{url}?sslmode=verify-full&sslrootcert={root}")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_connections_are_encrypted() {
    if !available() {
        return;
    }
    // A database of its own, in which there are no connections but these.
    let name = format!("tls_{:016x}", fastrand::u64(..));
    sql(&place().await, &format!("CREATE DATABASE {name}")).await;
    let url = DATABASE.as_deref().unwrap().replace("127.0.0.1", "localhost");
    let (server, _) = url.rsplit_once('/').unwrap();
    let url = format!("{server}/{name}?sslrootcert={}", root());
    let store = PostgresStore::open(&PostgresUrl::parse(&url).unwrap(), ROOMY).await.unwrap();
    opened(&store, 1, 5_000).await;
    let client = store.client().await.unwrap();
    // The one by which it is told of what others do is there a little later.
    for _ in 0..200 {
        let sql = "SELECT count(*), count(*) FILTER (WHERE ssl)
            FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = $1";
        let row = client.query_one(sql, &[&name]).await.unwrap();
        let (all, encrypted): (i64, i64) = (row.get(0), row.get(1));
        assert_eq!(all, encrypted);
        if all >= 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("there is never more than one connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_cannot_show_that_it_is_the_one_is_told_nothing() {
    if !available() {
        return;
    }
    open::reach(&by("localhost", &root())).await.unwrap();
    let other = tempfile::NamedTempFile::new().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(other.path(), made.cert.pem()).unwrap();
    let other = other.path().to_string_lossy();
    for (host, root, why) in
        [("localhost", &*other, "UnknownIssuer"), ("127.0.0.1", &*root(), "not valid for name")]
    {
        let refused = open::reach(&by(host, root)).await.unwrap_err();
        assert!(matches!(refused, open::ConnectError::Unreachable { .. }), "{refused}");
        let said = refused.to_string();
        assert!(said.contains(why) && !said.contains("postgres:postgres"), "{said}");
    }
}
