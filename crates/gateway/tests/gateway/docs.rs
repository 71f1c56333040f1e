//! `docs/openapi.json`, `docs/sessions.md` and `docs/gateway.md` say what the gateway does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::common::settings;
use clap::CommandFactory as _;
use liveness_gateway::Config;
use liveness_gateway::api::document as api;
use liveness_gateway::api::http::body::BodyLimit;
use liveness_gateway::api::http::limits::EndpointLimits;
use liveness_gateway::api::routes::{Credential, ENDPOINTS, Endpoint};
use liveness_protocol::ErrorCode;
use serde_json::Value;

fn document(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(path).unwrap()
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
    let (openapi, mut seen) = (api::document(), 0);
    visit(openapi, openapi, &mut seen);
    assert!(seen > 20);
}

/// A path's parameters are described, and those that are described are there.
#[test]
fn every_parameter_of_a_path_is_described() {
    for Endpoint { path, operation, .. } in &ENDPOINTS {
        let of_path: Vec<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let described: Vec<&str> = operation
            .parameters
            .iter()
            .filter_map(|parameter| (parameter.place == "path").then_some(parameter.name))
            .collect();
        assert_eq!(of_path, described, "{path}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.operation.id).collect();
    assert_eq!(names.len(), ENDPOINTS.len());
}

/// Rows of the error table: `| code | status | ...`.
#[test]
fn the_table_of_errors_is_complete_and_right() {
    let text = document("sessions.md");
    let rows: BTreeSet<String> = text
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').map(str::trim).collect();
            let [code, status, _when, again, retriable, ""] = cells[..] else { return None };
            Some(format!("{} {status} {again} {retriable}", code.trim_end_matches('`')))
        })
        .collect();
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    let used = ENDPOINTS.iter().flat_map(|endpoint| endpoint.errors);
    let of_any_path = [ErrorCode::NotFound, ErrorCode::MethodNotAllowed, ErrorCode::HostNotAllowed];
    let expected = used
        .chain(&of_any_path)
        .map(|code| {
            let (again, retriable) = (yes(code.again()), yes(code.retriable()));
            format!("{code} {} {again} {retriable}", code.status())
        })
        .collect();
    assert_eq!(rows, expected);
}

/// What refuses a request before its handler is asked, or comes of a check whoever asks for it, each such endpoint names.
#[test]
fn what_several_endpoints_may_be_refused_with_each_of_them_names() {
    for endpoint in &ENDPOINTS {
        let names =
            |code: ErrorCode| assert!(endpoint.errors.contains(&code), "{endpoint:?}: {code}");
        if endpoint.path.starts_with("/api/") || endpoint.path == "/metrics" {
            names(ErrorCode::RateLimitExceeded);
        }
        if !matches!(endpoint.credential, Credential::None | Credential::SessionToken) {
            // The keys are in the store, which may be down. For that there are two codes, and each endpoint has one of them.
            let codes = [ErrorCode::TooManySessions, ErrorCode::ServiceUnavailable];
            let named = codes.iter().filter(|code| endpoint.errors.contains(code)).count();
            assert_eq!(named, 1, "{endpoint:?}");
        }
        if endpoint.errors.contains(&ErrorCode::UpstreamTimeout) {
            for code in
                [ErrorCode::InsufficientFrames, ErrorCode::MissingField, ErrorCode::ValidationError]
            {
                names(code);
            }
        }
    }
}

#[test]
fn the_limits_are_as_documented() {
    let EndpointLimits { crop, json, frame, check, frames, video } = EndpointLimits::default();
    let text = document("sessions.md");
    for (BodyLimit { bytes, .. }, words) in [
        (crop, "262144 bytes"),
        (json, "65536 bytes"),
        (frame, "12582912 bytes"),
        (check, "33554432 bytes"),
        (frames, "100663296 bytes"),
        (video, "67108864 bytes"),
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
            "--model-mode" => {
                let env = |name: &str| (name == "MOVERIS_API_KEY").then(|| "sk-1".to_owned());
                let flags = [&*flag, &example, "--model-file", "f"];
                Config::from_flags(flags).unwrap().settings(env).unwrap();
            }
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

/// The blocks of code in all documents.
fn blocks() -> Vec<(PathBuf, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let (mut folders, mut found) = (vec![root], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let fenced = text.split("```").skip(1).step_by(2).map(str::to_owned);
                let blocks = if path.extension().is_some_and(|kind| kind == "md") {
                    fenced.collect()
                } else {
                    vec![text]
                };
                found.extend(blocks.into_iter().map(|block| (path.clone(), block)));
            }
        }
    }
    found
}

/// Whoever copies a proxy's settings gets clients that cannot choose their address, and bodies as large as the gateway takes.
#[test]
fn what_a_proxy_is_told_suits_the_gateway() {
    let limits = EndpointLimits::default();
    let largest = limits.longest_json().max(limits.crop.bytes).max(limits.video.bytes);
    let mut seen = 0;
    for (path, block) in blocks() {
        // A sample for another proxy needs what this one has, and a test of it.
        for other in ["reverse_proxy", "ProxyPass", "loadBalancer"] {
            let sample = block.lines().any(|line| line.trim().starts_with(other));
            assert!(!sample, "{}: {other}", path.display());
        }
        if !block.lines().any(|line| line.trim().starts_with("proxy_pass ")) {
            continue;
        }
        seen += 1;
        let values = |name: &str| -> Vec<String> {
            let lines = block.lines().filter_map(|line| line.trim().strip_suffix(';'));
            let values = lines.filter_map(|line| line.strip_prefix(name));
            values.map(|value| value.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
        };
        let place = path.display();
        let client = values("proxy_set_header X-Forwarded-For ");
        assert_eq!(client, ["$proxy_add_x_forwarded_for"], "{place}");
        assert_eq!(values("proxy_set_header Host "), ["$http_host"], "{place}");
        let size = values("client_max_body_size ");
        let megabytes = size.first().and_then(|size| size.strip_suffix('m')).unwrap();
        // A form has more in it than its file.
        assert!(megabytes.parse::<usize>().unwrap() << 20 > largest, "{place}: {size:?}");
    }
    assert!(seen > 0);
}
