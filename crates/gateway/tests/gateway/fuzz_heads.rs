//! As `fuzz`, for what a request's head says: who sends it, to whom, and as whom. And objects as they are kept.

use std::net::IpAddr;
use std::str::from_utf8;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use liveness_gateway::api::http::client::client;
use liveness_gateway::api::http::hosts::{Hosts, NamedHost};
use liveness_gateway::domain::admin_session::AdminSessions;
use liveness_gateway::domain::plain_json::{self, PlainJsonError};
use serde_json::{Map, Value};

use crate::common::mutate::Fuzz;

#[test]
fn nobody_chooses_the_address_that_a_proxy_names() {
    let (peer, named): (IpAddr, IpAddr) =
        ("10.0.0.1".parse().unwrap(), "203.0.113.7".parse().unwrap());
    let seeds = [
        "198.51.100.4, 192.0.2.1:8080",
        "for=198.51.100.4;proto=https, for=\"[2001:db8::1]:4711\"",
        "for=\"_hidden, for=unknown\"",
        "[2001:db8::1]:99, ::ffff:192.0.2.1, unknown",
        ",, ;",
    ];
    Fuzz::from_seeds(seeds).run("forwarded", "198.51.100.4", |said| {
        let Ok(own) = HeaderValue::from_bytes(said) else { return "no header".into() };
        for (name, entry) in [("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=203.0.113.7")]
        {
            // In the same line, and in one of its own.
            let joined = [said, b", ", entry.as_bytes()].concat();
            let joined = HeaderValue::from_bytes(&joined).unwrap();
            let lines = [vec![joined], vec![own.clone(), HeaderValue::from_static(entry)]];
            for lines in lines {
                let headers: HeaderMap =
                    lines.into_iter().map(|line| (HeaderName::from_static(name), line)).collect();
                assert_eq!(client(&headers, peer, 1), named, "{headers:?}");
                assert_eq!(client(&headers, peer, 0), peer);
            }
        }
        let headers = ["x-forwarded-for", "forwarded"]
            .map(|name| (HeaderName::from_static(name), own.clone()));
        headers.map(|header| client(&HeaderMap::from_iter([header]), peer, 2).to_string()).join(" ")
    });
}

#[test]
fn hosts_are_ours_or_not_admitted() {
    let hosts = Hosts::parse(&["live.example", "*.shop.example:8443"]).unwrap();
    let seeds = [
        "live.example:443",
        "a.shop.example:8443",
        "LIVE.example.",
        "localhost:8080",
        "[::1]:80",
        "127.0.0.1",
        "live.example@evil.example",
        "evil.example",
    ];
    Fuzz::from_seeds(seeds).run("hosts", "admitted", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        let host: NamedHost = match text.parse() {
            Ok(host) => host,
            Err(fault) => return format!("{:?}", std::mem::discriminant(&fault)),
        };
        let written = host.to_string();
        assert_eq!(written.parse(), Ok(host.clone()), "{text}");
        if !hosts.admit(&host, None) {
            return "not admitted".into();
        }
        let port = written.rfind(':').filter(|at| !written[*at..].contains(']'));
        let (name, port) = written.split_at(port.unwrap_or(written.len()));
        let ours = name == "live.example" || (name.ends_with(".shop.example") && port == ":8443");
        assert!(ours || host.is_loopback(), "{text}");
        format!("admitted {}", host.is_loopback())
    });
}

#[test]
fn whoever_is_signed_in_has_a_text_of_ours() {
    let sessions = AdminSessions::new(vec![7; 32].into(), "key".to_owned().into());
    let ours: Vec<String> = [2_000_000, 0].map(|now| sessions.open(now).unwrap()).into();
    Fuzz::from_seeds(ours.clone()).run("admin sessions", "true", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        let session = sessions.verify(text, 2_000_000);
        if let Some(session) = session {
            // How its number is written changes nothing that is signed.
            let plain = text.trim_start_matches(['0', '+']);
            assert_eq!(plain, ours[0], "it was never given out, or is over");
            assert!(!sessions.is_form_token(session, text));
        }
        session.is_some().to_string()
    });
}

#[test]
fn objects_are_kept_as_they_are_written() {
    let seeds = [
        r#"{"a": [1, -2.5e3, "\u00e9", {"b": null}], "a": true}"#,
        r#"{"$serde_json::private::RawValue": "1"}"#,
        r#"{"\u0024serde_json::private::Number": "1"}"#,
        "[{}]",
    ];
    Fuzz::from_seeds(seeds).run("objects", "an object", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        match plain_json::object(text) {
            Ok(object) => {
                let value: Value = serde_json::from_str(text).unwrap();
                assert_eq!(value, Value::Object(object), "{text}");
                "an object".into()
            }
            Err(PlainJsonError::NotAnObject) => {
                assert!(serde_json::from_str::<Map<String, Value>>(text).is_err(), "{text}");
                "none".into()
            }
            Err(PlainJsonError::Reserved) => {
                // An escape may stand for any of its letters.
                assert!(text.contains("serde_json::") || text.contains('\\'), "{text}");
                "reserved".into()
            }
        }
    });
}
