//! The rate of a stream's frames: by their times, or as it is stated.

use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Answer, TestGateway, WithJson as _, send, settings, streamed};

async fn stream(gateway: &TestGateway, body: &Value) -> Answer {
    send(gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(body)).await
}

/// A frame for a model that needs a rate, at this time.
fn timed(id: u128, index: u8, timestamp_ms: f64) -> Value {
    let mut body = streamed(id, index);
    body["model"] = json!("hybrid-v2-30");
    body["frame"]["timestamp_ms"] = json!(timestamp_ms);
    body
}

#[tokio::test]
async fn a_model_that_has_to_know_the_rate_is_told_that_of_the_times() {
    let gateway = TestGateway::start(settings(&[])).await;
    for index in 0..30 {
        let answer = stream(&gateway, &timed(1, index, 100.5 * f64::from(index))).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }
    let requests = gateway.backend.requests.lock().unwrap();
    assert!(requests[0].states_fps);
    assert!((requests[0].fps.unwrap() - 1000.0 / 100.5).abs() < 1e-9);
}

/// Whoever is told that a model requires it can say it.
#[tokio::test]
async fn a_rate_that_is_stated_counts_where_times_say_none() {
    let gateway = TestGateway::start(settings(&[])).await;
    let sent = async |fps: Value| {
        let mut last = None;
        for index in 0..30 {
            let mut body = timed(1, index, 0.0);
            body["fps"] = fps.clone();
            last = Some(stream(&gateway, &body).await);
        }
        last.unwrap()
    };
    for wrong in [json!(500), json!(0), json!("10")] {
        let refused = sent(wrong.clone()).await;
        assert_eq!(refused.code(), ErrorCode::ValidationError, "{wrong}");
        assert!(refused.body["errors"][1]["fps"].is_array(), "{:?}", refused.body);
    }
    assert_eq!(sent(Value::Null).await.code(), ErrorCode::MissingField);
    let verdict = sent(json!(12.5)).await;
    assert_eq!(verdict.data()["verdict"], "live", "{:?}", verdict.body);
    assert_eq!(gateway.backend.requests.lock().unwrap()[0].fps, Some(12.5));
}

/// Nobody is asked, to find fault with a field that the client has never sent.
#[tokio::test]
async fn times_that_say_no_rate_that_a_model_takes_are_refused() {
    let gateway = TestGateway::start(settings(&[])).await;
    // Seconds in the place of milliseconds, all at once, and farther from first to last than any number says.
    for (id, apart, code) in [
        (1, 0.033, ErrorCode::ValidationError),
        (2, 0.0, ErrorCode::MissingField),
        (3, 1e307, ErrorCode::ValidationError),
    ] {
        let mut last = None;
        for index in 0..30 {
            let at = (f64::from(index) - 15.0) * apart;
            last = Some(stream(&gateway, &timed(id, index, at)).await);
        }
        let last = last.unwrap();
        assert_eq!((last.status, last.code()), (400, code), "{apart}");
    }
    assert_eq!(gateway.backend.asked(), 0);
}
