//! Where bodies are read: not where all other requests are served.

use std::time::{Duration, Instant};

use reqwest::Method;

use crate::common::{TestGateway, settings};

/// A test's runtime has one thread: what is done on it at once, everybody else waits for.
#[tokio::test]
async fn others_are_served_while_a_large_body_is_read() {
    let (own, paid) =
        (TestGateway::start(settings(&[])).await, TestGateway::start_paid(settings(&[])).await);
    let half = 12 << 20;
    for (gateway, (open, close)) in
        [(&own, ("[", "]")), (&own, ("1,", "1,")), (&paid, ("[", "]")), (&paid, ("1,", "1,"))]
    {
        let values =
            format!("[{}0{}]", open.repeat(half / open.len()), close.repeat(half / close.len()));
        let values = values.replace(",]", "]");
        let body =
            format!(r#"{{"session_id": "x", "device_intelligence": {values}, "crops": []}}"#);
        let body = bytes::Bytes::from(body);
        let mut rounds = Vec::new();
        // A busy machine may hold everybody up, but hardly each time.
        while rounds.len() < 5 {
            let check = gateway.paid(Method::POST, "/api/v1/fast-check-crops");
            let check = check.header("content-type", "application/json").body(body.clone());
            let begun = Instant::now();
            let asked = tokio::spawn(check.send());
            let mut longest = Duration::ZERO;
            while !asked.is_finished() {
                let turn = Instant::now();
                tokio::time::sleep(Duration::from_millis(2)).await;
                longest = longest.max(turn.elapsed());
            }
            let whole = begun.elapsed();
            assert_eq!(asked.await.unwrap().unwrap().status(), 400);
            rounds.push((longest, whole));
            if longest * 3 < whole {
                break;
            }
        }
        assert!(rounds.iter().any(|(longest, whole)| *longest * 3 < *whole), "{rounds:?}");
    }
}
