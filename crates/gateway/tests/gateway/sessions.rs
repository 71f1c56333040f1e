//! The session protocol over a real socket, with a backend that does as it is told.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{SERVER_KEY, TestGateway, WithJson as _, crop, picture, send, settings};
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_check_from_beginning_to_end() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2", "source": "live"})).await;
    let created = session.created.data();
    assert_eq!(created["model"], "local-1-10");
    assert_eq!(created["frames_required"], 10);
    assert_eq!(created["ttl_seconds"], 300);
    assert_eq!(created["expires_at"], "2026-03-27T14:05:00Z");
    assert_eq!(session.created.headers["x-moveris-model-resolved"], "local-1-10");

    let first = session.put(3, crop(3)).await;
    assert_eq!(first.status, 201);
    assert_eq!(*first.data(), json!({"index": 3, "frames_received": 1, "frames_required": 10}));
    let again = session.put(3, crop(3)).await;
    assert_eq!((again.status, again.data()), (200, first.data()));
    let view = session.get(&session.token).await;
    assert_eq!(view.data()["state"], "open");
    assert_eq!(view.data()["missing"], json!([0, 1, 2, 4, 5, 6, 7, 8, 9]));
    assert_eq!(view.data()["verdict"], json!(null));

    for index in [9, 8, 7, 6, 5, 4, 2, 1, 0] {
        assert_eq!(session.put(index, crop(index)).await.status, 201);
    }
    let uneven = json!({"code": "uneven_frames", "jitter_ms": 31.0});
    let report = json!({"fps": 9.7, "jitter_ms": 3.5, "unknown": [1],
        "warnings": ["dark", uneven, {"code": "of_tomorrow"}],
        "timestamps_ms": [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]});
    let verdict = session.complete(report).await;
    assert_eq!(verdict.status, 200);
    assert_eq!(verdict.data()["verdict"], "live");
    assert_eq!(verdict.data()["session_id"], session.id);
    let again = session.complete(json!({})).await;
    assert_eq!(again.body, verdict.body);
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1);

    for credential in [session.token.as_str(), SERVER_KEY] {
        let view = session.get(credential).await;
        assert_eq!(view.data()["state"], "complete");
        assert_eq!(view.data()["verdict"], *verdict.data());
        assert_eq!(view.data()["missing"], json!([]));
    }

    // The backend got what the client said, crops in order.
    let requests = gateway.backend.requests.lock().unwrap();
    assert_eq!(crate::common::files(&requests[0].pictures).len(), 10);
    for (index, png) in crate::common::files(&requests[0].pictures).iter().enumerate() {
        assert_eq!(*png, crop(index as u8), "{index}");
    }
    assert_eq!(requests[0].fps, Some(9.7));
    assert_eq!(requests[0].timestamps_ms.len(), 10);
    assert_eq!(requests[0].warnings, ["dark", "Frame intervals varied by 31 ms"]);
    assert_eq!(requests[0].source, liveness_protocol::Source::Live);
}

#[tokio::test]
async fn models_of_either_flow() {
    let gateway = TestGateway::start(settings(&["--default-model", "mixed-60-v2"])).await;
    assert_eq!(gateway.open(json!({})).await.created.data()["frames_required"], 60);
    let create = || gateway.request(Method::POST, "/api/v1/sessions");
    // No body at all is as good as `{}`.
    assert_eq!(send(create()).await.data()["frames_required"], 60);
    let version = create().header("X-Model-Version", "latest");
    let answer = send(version.json(&json!({"model": "10", "frame_count": 90}))).await;
    assert_eq!(answer.data()["model"], "local-1-90");
    let old = gateway.open(json!({"model": "mixed-30"})).await.created;
    assert_eq!(old.headers["deprecation"], "true");
    assert_eq!(old.headers["x-moveris-suggested-model"], "mixed-30-v2");

    let refused = [
        (create().json(&json!({"model": "nonsense"})), ErrorCode::UnknownModel),
        // The local verifier does not take so many.
        (create().json(&json!({"model": "250"})), ErrorCode::UnknownModel),
        (create().header("X-Model-Version", "latest"), ErrorCode::MissingField),
        (
            create().header("X-Model-Version", "v9").json(&json!({"frame_count": 30})),
            ErrorCode::UnknownModel,
        ),
        (create().json(&json!({"source": "satellite"})), ErrorCode::ValidationError),
        (create().json(&json!({"model": 30})), ErrorCode::ValidationError),
        (create().body("{}{"), ErrorCode::ValidationError),
        (create().header("content-type", "application/json").body("{"), ErrorCode::ValidationError),
        (
            create().header("content-type", "application/json").body(vec![b' '; 70_000]),
            ErrorCode::PayloadTooLarge,
        ),
    ];
    for (request, code) in refused {
        assert_eq!(send(request).await.code(), code);
    }
}

#[tokio::test]
async fn crops_that_are_refused() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put(0, crop(1)).await;
    let mut damaged = crop(2);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    let rgba = picture(224, 224, png::ColorType::Rgba, 1);
    for (index, body, code) in [
        ("0", crop(2), ErrorCode::CropConflict),
        ("10", crop(1), ErrorCode::IndexOutOfRange),
        ("4294967296", crop(1), ErrorCode::IndexOutOfRange),
        ("-1", crop(1), ErrorCode::IndexOutOfRange),
        ("x", crop(1), ErrorCode::IndexOutOfRange),
        ("1", Vec::new(), ErrorCode::NotPng),
        ("1", b"\xff\xd8\xff\xe0 a JPEG".to_vec(), ErrorCode::NotPng),
        ("1", crop(1)[..200].to_vec(), ErrorCode::NotPng),
        ("1", damaged, ErrorCode::NotPng),
        ("1", picture(223, 224, png::ColorType::Rgb, 1), ErrorCode::WrongDimensions),
        ("1", picture(448, 448, png::ColorType::Rgb, 1), ErrorCode::WrongDimensions),
        ("1", rgba, ErrorCode::WrongDimensions),
        ("1", vec![0; 600 * 1024], ErrorCode::PayloadTooLarge),
        ("1", vec![0; 3 * 1024 * 1024], ErrorCode::PayloadTooLarge),
    ] {
        let answer = session.put(index, body).await;
        assert_eq!((index, answer.code()), (index, code));
    }
    let view = session.get(&session.token).await;
    assert_eq!(view.data()["frames_received"], 1, "nothing refused is kept");
}

#[tokio::test]
async fn tokens_open_their_own_session_only() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    let other = gateway.open(json!({"model": "mixed-10-v2"})).await;
    let (expiry, tag) = session.token.split_once('.').unwrap();
    let later = format!("{}.{tag}", expiry.parse::<u64>().unwrap() + 3600);
    let flipped = format!("{expiry}.{}", tag.chars().rev().collect::<String>());
    let forged = [&other.token, &later, &flipped, "", "x", expiry, tag, SERVER_KEY];
    for token in forged {
        let put = gateway
            .request(Method::PUT, &session.path("/crops/0"))
            .bearer_auth(token)
            .body(crop(0));
        assert_eq!(send(put).await.code(), ErrorCode::InvalidToken, "{token}");
        let complete = gateway.request(Method::POST, &session.path("/complete")).bearer_auth(token);
        assert_eq!(send(complete).await.code(), ErrorCode::InvalidToken, "{token}");
        if token != SERVER_KEY {
            assert_eq!(session.get(token).await.code(), ErrorCode::InvalidToken, "{token}");
        }
    }
    let bare = gateway.request(Method::GET, &session.path(""));
    let answer = send(bare).await;
    assert_eq!(answer.code(), ErrorCode::InvalidToken);
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    // Beside whatever else is in `Authorization`, such as HTTP Basic in front of the gateway.
    let beside = |token: &str| {
        gateway
            .request(Method::GET, &session.path(""))
            .header("authorization", "Basic dXNlcjpwYXNzd29yZA==")
            .header("x-liveness-token", token)
    };
    assert_eq!(send(beside(&session.token)).await.status, 200);
    assert_eq!(send(beside(&other.token)).await.code(), ErrorCode::InvalidToken);
    // Its own header counts: a good bearer token does not make up for a bad one in it.
    let both = gateway.request(Method::GET, &session.path("")).bearer_auth(&session.token);
    let both = both.header("x-liveness-token", &other.token);
    assert_eq!(send(both).await.code(), ErrorCode::InvalidToken);
    // Neither in the address nor under another scheme.
    let query = gateway.request(Method::GET, &session.path(&format!("?token={}", session.token)));
    assert_eq!(send(query).await.code(), ErrorCode::InvalidToken);
    let basic = gateway
        .request(Method::GET, &session.path(""))
        .header("authorization", format!("Basic {}", session.token));
    assert_eq!(send(basic).await.code(), ErrorCode::InvalidToken);
}

#[tokio::test]
async fn the_server_key_reads_every_session() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({})).await;
    assert_eq!(session.get(SERVER_KEY).await.status, 200);
    assert_eq!(session.get(&SERVER_KEY[1..]).await.code(), ErrorCode::InvalidToken);
    for id in ["00000000-0000-4000-8000-000000000000", "not-a-uuid"] {
        let unknown =
            gateway.request(Method::GET, &format!("/api/v1/sessions/{id}")).bearer_auth(SERVER_KEY);
        assert_eq!(send(unknown).await.code(), ErrorCode::SessionNotFound);
    }
}

#[tokio::test]
async fn time_runs_out() {
    let gateway =
        TestGateway::start(settings(&["--session-ttl", "60", "--verdict-ttl", "200"])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    let done = gateway.open(json!({"model": "mixed-10-v2"})).await;
    done.put_all(10).await;
    let verdict = done.complete(json!({})).await;
    gateway.advance(Duration::from_millis(59_999));
    assert_eq!(session.put(0, crop(0)).await.status, 201);

    // The session is over, its token not yet: a client learns how it ended.
    gateway.advance(Duration::from_millis(1));
    assert_eq!(session.put(1, crop(1)).await.code(), ErrorCode::SessionExpired);
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::SessionExpired);
    assert_eq!(session.get(&session.token).await.data()["state"], "expired");
    assert_eq!(done.complete(json!({})).await.body, verdict.body);

    // Now the token is over as well: a check could have begun at the end, and have been cut off.
    gateway.advance(Duration::from_secs(85 + 59));
    assert_eq!(session.get(&session.token).await.data()["state"], "expired");
    gateway.advance(Duration::from_secs(1));
    assert_eq!(session.put(1, crop(1)).await.code(), ErrorCode::SessionExpired);
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::SessionExpired);
    assert_eq!(done.get(&done.token).await.code(), ErrorCode::SessionExpired);
    assert_eq!(done.get(SERVER_KEY).await.data()["verdict"], *verdict.data());
    assert_eq!(session.get(SERVER_KEY).await.data()["state"], "expired");

    // And now both are forgotten.
    gateway.advance(Duration::from_secs(200));
    gateway.gateway.store.sweep(gateway.gateway.clock.now()).await.unwrap();
    assert_eq!(done.get(SERVER_KEY).await.code(), ErrorCode::SessionNotFound);
    assert_eq!(session.get(SERVER_KEY).await.code(), ErrorCode::SessionNotFound);
}

#[tokio::test]
async fn a_forgotten_session_is_not_found_by_its_own_token() {
    let gateway =
        TestGateway::start(settings(&["--session-ttl", "10", "--verdict-ttl", "1"])).await;
    let session = gateway.open(json!({})).await;
    gateway.advance(Duration::from_secs(30));
    gateway.gateway.store.sweep(gateway.gateway.clock.now()).await.unwrap();
    assert_eq!(session.put(0, crop(0)).await.code(), ErrorCode::SessionNotFound);
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::SessionNotFound);
}

#[tokio::test]
async fn missing_crops_are_named() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    for index in [0, 1, 2, 4, 5, 6, 8, 9] {
        session.put(index, crop(index)).await;
    }
    let answer = session.complete(json!({})).await;
    assert_eq!(answer.code(), ErrorCode::MissingCrops);
    assert_eq!(answer.body["message"], "Crops not yet received: 3, 7.");
    assert_eq!(answer.body["errors"][1], json!({"missing": ["3", "7"]}));
    // Sending them is all it takes.
    session.put(3, crop(3)).await;
    session.put(7, crop(7)).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    assert_eq!(session.put(3, crop(3)).await.code(), ErrorCode::SessionClosed);
}

#[tokio::test]
async fn reports_that_are_refused_cost_no_check() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    for report in [
        json!({"fps": 0}),
        json!({"fps": "fast"}),
        json!({"timestamps_ms": [1]}),
        json!({"timestamps_ms": [-1.7e308, -8e307, -7e307, 0, 1, 2, 3, 4, 5, 1.7e308]}),
        json!({"warnings": "w"}),
        json!({"run": -1}),
        json!({"run": "1"}),
    ] {
        assert_eq!(session.complete(report).await.code(), ErrorCode::ValidationError);
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
    let hybrid = gateway.open(json!({"model": "hybrid-v2-10"})).await;
    hybrid.put_all(10).await;
    assert_eq!(hybrid.complete(json!({})).await.code(), ErrorCode::MissingField);
    assert_eq!(hybrid.complete(json!({"fps": 10})).await.status, 200);
}

#[tokio::test]
async fn a_back_end_opens_a_session_under_its_own_name() {
    let gateway = TestGateway::start(settings(&[])).await;
    let open = |authorization: Option<&str>, body: serde_json::Value| {
        let mut request = gateway.request(Method::POST, "/api/v1/sessions");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        send(request.json(&body))
    };
    let key = format!("Bearer {SERVER_KEY}");
    let named = json!({"model": "mixed-10-v2", "reference": "order 4711"});
    let created = open(Some(&key), named.clone()).await;
    assert_eq!(created.status, 201);
    assert!(!created.body.to_string().contains("4711"), "whoever has the token does not learn it");
    let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
    let session = crate::common::Session {
        gateway: &gateway,
        id: text("session_id"),
        token: text("token"),
        created,
    };
    for state in ["open", "complete"] {
        let of_back_end = session.get(SERVER_KEY).await;
        assert_eq!(of_back_end.data()["state"], state);
        assert_eq!(of_back_end.data()["reference"], "order 4711");
        assert_eq!(of_back_end.data()["verdict"].is_null(), state == "open");
        let of_page = session.get(&session.token).await;
        assert_eq!(of_page.data()["state"], state);
        assert!(of_page.data().get("reference").is_none());
        if state == "open" {
            session.put_all(10).await;
            let verdict = session.complete(json!({})).await;
            assert!(!verdict.body.to_string().contains("4711"));
        }
    }

    // A reference needs the key; without one the header is somebody else's.
    let wrong =
        ["Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer ", &session.token, &key[..key.len() - 1]];
    for authorization in wrong.map(Some).into_iter().chain([None]) {
        let refused = open(authorization, named.clone()).await;
        assert_eq!(refused.code(), ErrorCode::InvalidKey, "{authorization:?}");
        let unnamed = open(authorization, json!({"model": "mixed-10-v2", "reference": null})).await;
        assert_eq!(unnamed.status, 201, "{authorization:?}");
    }
    for reference in
        [json!(""), json!(" "), json!("a\nb"), json!("x".repeat(257)), json!(7), json!({})]
    {
        let refused = open(Some(&key), json!({"reference": reference})).await;
        assert_eq!(refused.code(), ErrorCode::ValidationError, "{reference}");
    }
    let unnamed = open(Some(&key), json!({})).await;
    assert_eq!(unnamed.status, 201);
    let id = unnamed.data()["session_id"].as_str().unwrap();
    let view = gateway.request(Method::GET, &format!("/api/v1/sessions/{id}"));
    assert!(send(view.bearer_auth(SERVER_KEY)).await.data().get("reference").is_none());
}

#[tokio::test]
async fn without_a_server_key_no_reference_is_taken() {
    let secret = |name: &str| (name == "LIVENESS_SECRET").then(|| crate::common::SECRET.to_owned());
    let config = liveness_gateway::Config::from_flags([]).unwrap();
    let gateway = TestGateway::start(config.settings(secret).unwrap()).await;
    for authorization in ["Bearer ", "Bearer x", ""] {
        let request = gateway.request(Method::POST, "/api/v1/sessions");
        let request = request.header("authorization", authorization);
        let answer = send(request.json(&json!({"reference": "7"}))).await;
        assert_eq!(answer.code(), ErrorCode::InvalidKey, "{authorization:?}");
    }
}
