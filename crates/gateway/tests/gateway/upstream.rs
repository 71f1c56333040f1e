//! Upstream mode against a stand-in that answers as the API's documentation does.

use std::sync::Arc;

use crate::common::mock::{API_KEY, MockUpstream, Script};
use crate::common::{
    FakeBackend, Session, TestGateway, WithJson as _, crop, send, settings, streamed,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::upstream::Upstream;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

async fn gateway(mock: &MockUpstream) -> TestGateway {
    TestGateway::start_with(settings(&[]), mock.backend(), Arc::new(FakeBackend::default())).await
}

async fn full_session<'a>(gateway: &'a TestGateway, body: Value) -> Session<'a> {
    let session = gateway.open(body).await;
    let frames = session.created.data()["frames_required"].as_u64().unwrap();
    session.put_all(frames as u32).await;
    session
}

fn expected_crops(count: u8) -> Vec<Value> {
    (0..count)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect()
}

#[tokio::test]
async fn the_request_is_exactly_the_documented_one() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2", "source": "live"})).await;
    assert_eq!(session.created.data()["model"], "mixed-10-v2");
    assert!(mock.requests().is_empty(), "nothing goes out before the check is complete");
    let answer = session.complete(json!({"fps": 10.0, "warnings": ["dark"]})).await;

    let requests = mock.requests();
    assert_eq!(requests.len(), 1, "one request for each check");
    let request = &requests[0];
    assert_eq!(request.line, "POST /api/v1/fast-check-crops HTTP/1.1");
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "content-length",
            "content-type",
            "host",
            "traceparent",
            "user-agent",
            "x-api-key"
        ]
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-api-key"), Some(API_KEY));
    assert_eq!(
        request.body,
        json!({
            "session_id": session.id, "model": "mixed-10-v2", "source": "live",
            "crops": expected_crops(10), "warnings": ["dark"],
        })
    );

    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["x-moveris-model-resolved"], "mixed-10-v2");
    let data = answer.data();
    assert_eq!(data["verdict"], "live");
    assert_eq!(data["type"], "VERY HIGH");
    assert_eq!(data["session_id"], session.id);
    assert_eq!(data["created_at"], "2026-03-27T14:00:00Z");
    // The verdict stands: no second request.
    assert_eq!(session.complete(json!({})).await.body, answer.body);
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn the_version_flow_is_forwarded_as_it_was_asked() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let create =
        gateway.request(Method::POST, "/api/v1/sessions").header("X-Model-Version", "latest");
    let created = send(create.json(&json!({"frame_count": 10, "model": "ignored"}))).await;
    let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
    let session =
        Session { gateway: &gateway, id: text("session_id"), token: text("token"), created };
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    let request = &mock.requests()[0];
    assert_eq!(request.header("x-model-version"), Some("latest"));
    assert_eq!(
        request.body,
        json!({
            "session_id": session.id, "frame_count": 10, "source": "live", "crops": expected_crops(10),
        })
    );
}

#[tokio::test]
async fn the_documented_endpoint_is_forwarded() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let id = "550e8400-e29b-41d4-a716-446655440000";
    let mut sent = expected_crops(12);
    sent[2]["pixels"] =
        json!(format!("data:image/png;base64,{}", sent[2]["pixels"].as_str().unwrap()));
    sent.reverse();
    // A model of tomorrow: the upstream decides whether it exists.
    let body = json!({
        "session_id": id, "model": "mixed-12-v9", "source": "live", "crops": sent,
        "bg_segmentation": false, "device_intelligence": {"vpn_detected": false},
    });
    let request = gateway.paid(Method::POST, "/api/v1/fast-check-crops");
    let answer = send(request.header("x-api-key", "of-the-browser").json(&body)).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.data()["model"], "mixed-12-v9");
    let request = &mock.requests()[0];
    assert_eq!(request.header("x-api-key"), Some(API_KEY), "the gateway's key, never the caller's");
    assert_eq!(
        request.body,
        json!({
            "session_id": id, "model": "mixed-12-v9", "source": "live", "crops": expected_crops(12),
            "bg_segmentation": false, "device_intelligence": {"vpn_detected": false},
        })
    );
    // For who compares verdicts with and without it.
    let log = gateway.store.audit_after(0, 9).await.unwrap();
    assert_eq!((log.len(), &*log[0].action), (1, "verdict.decided"));
    let details: Value = serde_json::from_str(&log[0].details).unwrap();
    assert_eq!(details["bg_segmentation"], false, "{details}");
    let local = json!({"session_id": id, "model": "local-1-10", "crops": expected_crops(10)});
    let local = send(gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&local)).await;
    assert_eq!(local.code(), ErrorCode::UnknownModel);
    assert_eq!(mock.requests().len(), 1);
}

/// As metadata is: bounded, and for keys alone. What is no object, or too large, is no reason to refuse a check.
#[tokio::test]
async fn what_a_client_says_of_its_device_is_passed_on_and_kept_with_a_streams_verdict() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let known = json!({"ip_address": "203.0.113.9", "geo": {"country": "CH"}});
    let long = json!({"user_agent": "x".repeat(9_000)});
    for (id, said, kept) in [(1, &known, Some(&known)), (2, &json!("none"), None), (3, &long, None)]
    {
        let frames: Vec<Value> = (0..10).map(|index| streamed(id, index)).collect();
        let mut whole = json!({"session_id": frames[0]["session_id"], "model": "mixed-10-v2", "device_intelligence": said});
        whole["frames"] = frames.iter().map(|frame| frame["frame"].clone()).collect();
        let whole = gateway.paid(Method::POST, "/api/v1/fast-check").json(&whole);
        assert_eq!(send(whole).await.status, 200);
        assert_eq!(mock.requests().last().unwrap().body.get("device_intelligence"), kept);
        for mut frame in frames {
            (frame["source"], frame["device_intelligence"]) = (json!("media"), said.clone());
            let request = gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(&frame);
            assert_eq!(send(request).await.status, 200);
        }
        assert_eq!(mock.requests().last().unwrap().body.get("device_intelligence"), kept);
        let path = format!("/api/v1/sessions/{}", uuid::Uuid::from_u128(id));
        let read = send(gateway.paid(Method::GET, &path)).await;
        assert_eq!(read.data().get("device_intelligence"), kept);
    }
    assert_eq!(mock.requests().len(), 6);
}

/// However a client writes its base64, the upstream gets the documented form; what JSON forbids is refused.
#[tokio::test]
async fn pictures_arrive_as_the_documentation_writes_them() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let plain: Vec<String> = (0..10).map(|index| STANDARD.encode(crop(index))).collect();
    let body = |write: fn(&str) -> String| {
        let crops = (0..).zip(&plain).map(|(index, text)| {
            format!(r#"{{"of": "tomorrow", "pixels": "{}", "index": {index}}}"#, write(text))
        });
        let crops = crops.collect::<Vec<_>>().join(" ,\n");
        format!(
            r#"{{"crops": [{crops}], "model": "mixed-10-v2", "session_id": "{}"}}"#,
            uuid::Uuid::nil()
        )
    };
    let ask = |body: String| {
        let request = gateway.paid(Method::POST, "/api/v1/fast-check-crops");
        send(request.header("content-type", "application/json").body(body))
    };
    let ways: [fn(&str) -> String; 7] = [
        str::to_owned,
        |text| text.replace('/', r"\/"),
        |text| text.replace('+', r"\u002b"),
        |text| format!("data:image/png;base64,{text}"),
        |text| format!(r" {}\n", text.replace('A', r"\r\nA")),
        |text| text.replace('+', "-").replace('/', "_").replace('=', ""),
        |text| format!("{text} "),
    ];
    for write in ways {
        let answer = ask(body(write)).await;
        assert_eq!(answer.status, 200, "{}: {:?}", write("+/A="), answer.body);
        let requests = mock.requests();
        let request = requests.last().unwrap();
        assert_eq!(request.body["crops"], json!(expected_crops(10)), "{}", write("+/A="));
    }
    let asked = mock.requests().len();
    let refused: [fn(&str) -> String; 5] = [
        |text| format!("\n{text}"),
        |text| format!("data:\u{1},{text}"),
        |text| format!(r"\ud800{text}"),
        |text| format!(r"{text}\u0000"),
        |text| format!(r#"{text}\""#),
    ];
    for write in refused {
        let answer = ask(body(write)).await;
        assert_eq!(answer.code(), ErrorCode::ValidationError, "{}", write("+/A="));
    }
    assert_eq!(mock.requests().len(), asked, "nobody pays for those");
}

#[tokio::test]
async fn hybrid_models_are_told_the_rate() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "hybrid-v2-10"})).await;
    assert_eq!(session.complete(json!({"fps": 9.5})).await.status, 200);
    assert_eq!(mock.requests()[0].body["fps"], 9.5);

    let check = |model: &str, fps: Value| {
        let id = "550e8400-e29b-41d4-a716-446655440000";
        let mut body = json!({"session_id": id, "model": model, "crops": expected_crops(10)});
        body["fps"] = fps;
        send(gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&body))
    };
    for model in ["hybrid-v2-10", "hybrid-v9-10", "mixed-10-v2"] {
        for fps in [0.5, 29.97, 120.0] {
            assert_eq!(check(model, json!(fps)).await.status, 200, "{model} {fps}");
            assert_eq!(mock.requests().last().unwrap().body["fps"], fps, "{model}");
        }
        for fps in [json!(0), json!(-1), json!(121), json!("10")] {
            let answer = check(model, fps.clone()).await;
            assert_eq!(answer.code(), ErrorCode::ValidationError, "{model} {fps}");
        }
    }
    assert_eq!(check("hybrid-v2-10", Value::Null).await.code(), ErrorCode::MissingField);
    // What the registry does not know is left to the upstream.
    assert_eq!(check("hybrid-v9-10", Value::Null).await.status, 200);
    assert_eq!(mock.requests().last().unwrap().body.get("fps"), None);
}

#[tokio::test]
async fn deprecation_headers_are_passed_on() {
    let headers = &[
        ("Deprecation", "true"),
        ("Sunset", "Sat, 01 Aug 2026 00:00:00 GMT"),
        ("X-Moveris-Deprecated-Model", "mixed-10"),
        ("X-Moveris-Suggested-Model", "mixed-10-v2"),
        ("Set-Cookie", "upstream=1"),
        ("X-Internal", "yes"),
    ];
    let mock = MockUpstream::start([Script::VerdictWith(headers)]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10"})).await;
    let first = session.complete(json!({})).await;
    let again = session.complete(json!({})).await;
    let read = session.get(&session.token).await;
    for answer in [first, again, read] {
        for (name, value) in &headers[..4] {
            assert_eq!(answer.headers[*name], *value);
        }
        assert!(
            !answer.headers.contains_key("set-cookie")
                && !answer.headers.contains_key("x-internal")
        );
    }
}

#[tokio::test]
async fn inconclusive_is_a_verdict() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    mock.then(Script::Json(200, &[], json!({"success": true, "message": "OK", "data": {
        "verdict": "inconclusive", "real_score": 0.5, "score": 50.0, "type": "MEDIUM", "session_id": session.id}})));
    assert_eq!(session.complete(json!({})).await.data()["verdict"], "inconclusive");
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    let mock = MockUpstream::start([]).await;
    let mut config = mock.config();
    config.base_url = format!("{}/proxy/", mock.url).parse().unwrap();
    let backend = Arc::new(Upstream::new(config).unwrap());
    let gateway = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    session.complete(json!({})).await;
    assert_eq!(mock.requests()[0].line, "POST /proxy/api/v1/fast-check-crops HTTP/1.1");
}

#[tokio::test]
async fn health_and_models_say_upstream() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let health = send(gateway.request(Method::GET, "/health")).await;
    assert_eq!(health.data()["mode"], "upstream");
    let models = send(gateway.request(Method::GET, "/api/v1/models")).await;
    let ids: Vec<_> =
        models.data().as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"mixed-30-v2") && ids.iter().all(|id| !id.starts_with("local")));
    assert!(mock.requests().is_empty(), "neither asks the upstream anything");
}
