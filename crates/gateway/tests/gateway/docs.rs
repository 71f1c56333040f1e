//! `docs/openapi.json`, `docs/sessions.md` and `docs/gateway.md` say what the gateway does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::common::{settings, verdict};
use clap::CommandFactory as _;
use liveness_gateway::Config;
use liveness_gateway::api::http::body::BodyLimit;
use liveness_gateway::api::http::limits::EndpointLimits;
use liveness_gateway::api::routes::ENDPOINTS;
use liveness_protocol::{
    ClientTime, CompleteRequest, CreateSessionRequest, CropAccepted, ErrorCode,
    FastCheckCropsRequest, FastCheckRequest, FastCheckStreamRequest, Frame, Model, ModelEntry,
    OpenSessionRequest, QueueStats, SessionCreated, SessionState, SessionView, SessionWarning,
    Source, StreamReply,
};
use serde::Serialize;
use serde_json::Value;

fn document(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn openapi() -> Value {
    serde_json::from_str(&document("openapi.json")).unwrap()
}

#[test]
fn openapi_has_every_route_status_and_code_and_no_more() {
    let openapi = openapi();
    let mut documented = BTreeSet::new();
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            documented.insert((method.to_uppercase(), path.clone()));
        }
    }
    let served: BTreeSet<_> =
        ENDPOINTS.iter().map(|e| (e.method.to_string(), e.path.to_owned())).collect();
    assert_eq!(documented, served);

    for endpoint in ENDPOINTS {
        let method = endpoint.method.as_str().to_lowercase();
        let responses = openapi["paths"][endpoint.path][method]["responses"].as_object().unwrap();
        let statuses: BTreeSet<u16> =
            responses.keys().map(|status| status.parse().unwrap()).collect();
        let promised = endpoint
            .success
            .iter()
            .copied()
            .chain(endpoint.errors.iter().map(|code| code.status()));
        assert_eq!(statuses, promised.collect(), "{}", endpoint.path);
        let codes: BTreeSet<(String, u16)> = responses
            .iter()
            .flat_map(|(status, response)| {
                let codes = response["x-error-codes"].as_array().into_iter().flatten();
                codes.map(move |code| (code.as_str().unwrap().to_owned(), status.parse().unwrap()))
            })
            .collect();
        let promised = endpoint.errors.iter().map(|code| (code.as_str().to_owned(), code.status()));
        assert_eq!(codes, promised.collect(), "{}", endpoint.path);
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn visit(value: &Value, root: &Value, seen: &mut usize) {
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("$ref") {
                    let pointer = target.as_str().unwrap().strip_prefix('#').unwrap();
                    assert!(root.pointer(pointer).is_some(), "{pointer}");
                    *seen += 1;
                }
                map.values().for_each(|value| visit(value, root, seen));
            }
            Value::Array(list) => list.iter().for_each(|value| visit(value, root, seen)),
            _ => {}
        }
    }
    let (openapi, mut seen) = (openapi(), 0);
    visit(&openapi, &openapi, &mut seen);
    assert!(seen > 20);
}

/// What a full value of the type has as fields is what the schema has.
#[test]
fn schemas_have_the_fields_of_the_types() {
    fn fields(value: &impl Serialize) -> BTreeSet<String> {
        serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect()
    }
    let mut full = verdict("s", 1);
    full.warnings = Some(Vec::new());
    full.tenant_metadata = Some(Value::Null);
    let text = String::new;
    let created = SessionCreated {
        session_id: text(),
        token: text(),
        model: text(),
        frames_required: 1,
        ttl_seconds: 1,
        expires_at: text(),
    };
    let view = SessionView {
        session_id: text(),
        state: SessionState::Open,
        model: text(),
        run: 0,
        frames_received: 0,
        frames_required: 1,
        missing: Vec::new(),
        expires_at: text(),
        ttl_seconds: 1,
        verdict: None,
        error: None,
        reference: Some(text()),
    };
    let complete = CompleteRequest {
        run: 1,
        warnings: vec![SessionWarning::Text(text())],
        fps: Some(1.0),
        jitter_ms: Some(1.0),
        timestamps_ms: vec![0.0],
    };
    let check = FastCheckCropsRequest {
        session_id: text(),
        model: Some(text()),
        frame_count: Some(1),
        source: Source::Live,
        crops: Vec::new(),
        fps: Some(1.0),
        bg_segmentation: Some(true),
        warnings: Some(Vec::new()),
    };
    let frame = Frame { index: 0, timestamp_ms: 0.0, pixels: text() };
    let frames = FastCheckRequest {
        session_id: text(),
        model: Some(text()),
        frame_count: Some(1),
        source: Source::Live,
        frames: Vec::new(),
        fps: Some(1.0),
        warnings: Some(Vec::new()),
    };
    let streamed = FastCheckStreamRequest {
        session_id: text(),
        model: Some(text()),
        frame_count: Some(1),
        source: Source::Live,
        frame: frame.clone(),
        warnings: Some(Vec::new()),
    };
    let buffering = StreamReply::Buffering {
        session_id: text(),
        frames_received: 1,
        frames_required: 1,
        ttl_seconds: 1,
        warnings: None,
    };
    let open = OpenSessionRequest {
        session: CreateSessionRequest {
            model: Some(text()),
            frame_count: Some(1),
            source: Some(Source::Live),
        },
        reference: Some(text()),
    };
    let accepted = CropAccepted { index: 0, frames_received: 0, frames_required: 0 };
    let time = ClientTime { client_time: 1.0 };
    let queue = QueueStats { queue_length: 0, queue_key: text(), running: 0, at_once: Some(1) };
    let openapi = openapi();
    for (schema, fields) in [
        ("ClientTime", fields(&time)),
        ("QueueStats", fields(&queue)),
        ("VerdictData", fields(&full)),
        ("SessionCreated", fields(&created)),
        ("SessionView", fields(&view)),
        ("CompleteRequest", fields(&complete)),
        ("FastCheckCropsRequest", fields(&check)),
        ("Frame", fields(&frame)),
        ("FastCheckRequest", fields(&frames)),
        ("FastCheckStreamRequest", fields(&streamed)),
        ("StreamBuffering", fields(&buffering)),
        ("CreateSessionRequest", fields(&open)),
        ("CropAccepted", fields(&accepted)),
        ("ModelEntry", fields(&ModelEntry::from(Model::find("10").unwrap()))),
    ] {
        let properties =
            openapi["components"]["schemas"][schema]["properties"].as_object().unwrap();
        assert_eq!(properties.keys().cloned().collect::<BTreeSet<_>>(), fields, "{schema}");
    }
}

/// Rows of the error table: `| code | status | ...`.
#[test]
fn the_table_of_errors_is_complete_and_right() {
    let text = document("sessions.md");
    let rows: BTreeSet<(String, u16)> = text
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').map(str::trim).collect();
            Some((cells[0].trim_end_matches('`').to_owned(), cells.get(1)?.parse().ok()?))
        })
        .collect();
    let used = ENDPOINTS.iter().flat_map(|endpoint| endpoint.errors);
    let of_any_path = [ErrorCode::NotFound, ErrorCode::MethodNotAllowed, ErrorCode::HostNotAllowed];
    let expected =
        used.chain(&of_any_path).map(|code| (code.as_str().to_owned(), code.status())).collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_limits_are_as_documented() {
    let EndpointLimits { crop, json, frame, check } = EndpointLimits::default();
    let text = document("sessions.md");
    for (BodyLimit { bytes, .. }, words) in [
        (crop, "262144 bytes"),
        (json, "65536 bytes"),
        (frame, "12582912 bytes"),
        (check, "33554432 bytes"),
    ] {
        assert_eq!(words, format!("{bytes} bytes"));
        assert!(text.contains(words), "{words}");
    }
}

/// The rows of the table of settings: flag, variable, default, meaning, example.
fn documented_settings() -> Vec<[String; 5]> {
    let text = document("gateway.md");
    let rows =
        text.lines().filter(|line| line.starts_with("| `--") && line.matches('|').count() == 6);
    rows.map(|row| {
        let cells: Vec<String> = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect();
        cells.try_into().unwrap_or_else(|_| panic!("{row}"))
    })
    .collect()
}

#[test]
fn the_table_of_settings_is_that_of_the_command() {
    let of_command: BTreeMap<String, (String, String)> = Config::command()
        .get_arguments()
        .filter_map(|arg| {
            let flag = arg.get_long().filter(|flag| !matches!(*flag, "help" | "version"))?;
            let variable = arg.get_env().expect("every setting has a variable").to_str().unwrap();
            let defaults = arg.get_default_values();
            assert!(defaults.len() <= 1, "{flag}");
            let default = defaults.first().map_or("-", |value| value.to_str().unwrap());
            Some((format!("--{flag}"), (variable.to_owned(), default.to_owned())))
        })
        .collect();
    assert!(of_command.len() > 15);
    let rows = documented_settings();
    let of_table: BTreeMap<String, (String, String)> = rows
        .iter()
        .map(|[flag, variable, default, ..]| (flag.clone(), (variable.clone(), default.clone())))
        .collect();
    assert_eq!(of_table, of_command);
    assert_eq!(rows.len(), of_table.len(), "each is there once");
    assert!(rows.iter().all(|[.., meaning, example]| !meaning.is_empty() && !example.is_empty()));
}

#[test]
fn the_examples_of_settings_are_taken() {
    for [flag, _, default, _, example] in documented_settings() {
        assert_ne!(example, default, "{flag}");
        match &*flag {
            // A folder that need not be there.
            "--static-dir" => {}
            "--tls-cert" => drop(settings(&[&flag, &example, "--tls-key", "key.pem"])),
            "--tls-key" => drop(settings(&[&flag, &example, "--tls-cert", "cert.pem"])),
            _ => drop(settings(&[&flag, &example])),
        }
    }
}

/// What the table of values says, the flag takes, and nothing else.
#[test]
fn the_values_of_a_setting_are_all_documented() {
    let text = document("gateway.md");
    for arg in Config::command().get_arguments() {
        for value in arg.get_possible_values() {
            let name = value.get_name();
            let value = format!("`{name}`");
            let of_setting = format!("--{} {name}", arg.get_long().unwrap_or_default());
            assert!(text.contains(&value) || text.contains(&of_setting), "{of_setting}");
        }
    }
}
