use secrecy::ExposeSecret;

use super::*;
use crate::api::http::hosts::{HostError, HostFault};
use crate::api::http::other_origins::FilesTo;
use crate::domain::origins::{OriginError, OriginFault};
use crate::domain::video::source::VideoHostError;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn settings(flags: &[&str], env: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let lookup =
        |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Config::from_flags(flags.iter().copied()).unwrap().settings(lookup)
}

#[test]
fn the_environment_counts_only_where_it_is_asked_for() {
    let in_environment =
        |command: clap::Command| command.get_arguments().any(|arg| arg.get_env().is_some());
    assert!(in_environment(Config::command()));
    assert!(!in_environment(Config::command_without_environment()));
}

#[test]
fn defaults_are_local_and_on_loopback() {
    let settings = settings(&[], &[("MOVERIS_API_KEY", "")]).unwrap();
    assert!(settings.listen.ip().is_loopback());
    assert!(settings.upstream.is_none());
    assert!(!settings.lasting_secret);
    assert_eq!(settings.default_model, "mixed-30-v2");
}

/// As docs/scale.md has it: what the largest group of gateways on one database decides in an hour, the default of
/// `--verdict-ttl`, is there until then.
#[test]
fn a_database_keeps_the_verdicts_of_its_time() {
    const CHECKS_A_MINUTE: usize = 10_000;
    const VERDICT_BYTES: usize = 1500;
    let room = |flags: &[&str]| {
        settings(flags, &[("LIVENESS_SECRET", SECRET)]).unwrap().store.max_result_bytes
    };
    let hour = CHECKS_A_MINUTE * 60 * VERDICT_BYTES;
    for database in ["sessions.db", "postgres://liveness@db.example/liveness"] {
        assert!(room(&["--database", database]) >= hour, "{database}");
        let stated = ["--database", database, "--max-verdict-megabytes", "3"];
        assert_eq!(room(&stated), 3 << 20, "{database}");
    }
    assert_eq!(room(&["--max-verdict-megabytes", "3"]), 3 << 20);
    assert!(room(&[]) < 1 << 30, "memory is dearer than a disk");
}

#[test]
fn a_database_has_room_for_more_prints_than_memory() {
    let room =
        |flags: &[&str]| settings(flags, &[("LIVENESS_SECRET", SECRET)]).unwrap().store.max_prints;
    let week = 300 * 60 * 24 * 7 * 16;
    assert!(room(&["--database", "sessions.db"]) >= week, "of 300 checks a minute");
    assert!(room(&[]) < 1_000_000);
    assert_eq!(room(&["--max-prints", "7"]), 7);
    assert_eq!(room(&["--max-prints", "7", "--database", "sessions.db"]), 7);
}

#[test]
fn every_error_can_happen() {
    let range = |flag, max| ConfigError::OutOfRange { flag, max };
    let origin = |flag, origin: &str, fault| ConfigError::Origin {
        flag,
        error: OriginError { origin: origin.into(), fault },
    };
    let key = ("MOVERIS_API_KEY", "sk-1");
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], ConfigError);
    let cases: [Case<'_>; 39] = [
        (&["--default-model", "x"], &[], ConfigError::DefaultModel("x".into())),
        (&["--model-mode", "x=local"], &[], ConfigError::ModelOfMode("x".into())),
        (
            &["--model-mode", "mixed-30-v2=local,mixed-30-v2=upstream", "--model-file", "f"],
            &[key],
            ConfigError::TwoModes("mixed-30-v2".into()),
        ),
        (
            &["--mode", "local-first"],
            &[],
            ConfigError::ModeWithoutKey { flag: "--mode local-first".into() },
        ),
        (
            &["--model-mode", "mixed-30-v2=local"],
            &[key],
            ConfigError::ModeWithoutVerifier { flag: "--model-mode mixed-30-v2=local".into() },
        ),
        (
            &["--video-url-host", "video.example,*"],
            &[],
            ConfigError::VideoHost(VideoHostError("*".into())),
        ),
        (&["--session-ttl", "0"], &[], range("--session-ttl", 86_400)),
        (&["--verdict-ttl", "0"], &[], range("--verdict-ttl", 604_800)),
        (&["--max-sessions", "0"], &[], range("--max-sessions", 1_000_000)),
        (&["--max-crop-megabytes", "0"], &[], range("--max-crop-megabytes", 1 << 20)),
        (&["--max-verdict-megabytes", "0"], &[], range("--max-verdict-megabytes", 1 << 20)),
        (&["--max-prints", "0"], &[], range("--max-prints", 100_000_000_000)),
        (&["--max-body-megabytes", "0"], &[], range("--max-body-megabytes", 1 << 20)),
        (&["--upstream-timeout", "46"], &[], range("--upstream-timeout", 45)),
        (
            &["--allow-origin", "https://b.example,*"],
            &[],
            origin("--allow-origin", "*", OriginFault::Wildcard),
        ),
        (
            &["--allow-frame", "https://a.example/"],
            &[],
            origin("--allow-frame", "https://a.example/", OriginFault::Path),
        ),
        (
            &["--allow-frame", "http://[::1]"],
            &[],
            origin("--allow-frame", "http://[::1]", OriginFault::Ipv6InPolicy),
        ),
        (
            &["--allow-host", "shop.example,https://b.example"],
            &[],
            ConfigError::Host(HostError {
                host: "https://b.example".into(),
                fault: HostFault::NotAHost,
            }),
        ),
        (
            &["--listen", "0.0.0.0:8080", "--allow-host", "shop.example"],
            &[],
            ConfigError::PlainHttp("0.0.0.0:8080".parse().unwrap()),
        ),
        (
            &["--listen", "[2001:db8::1]:80"],
            &[],
            ConfigError::PlainHttp("[2001:db8::1]:80".parse().unwrap()),
        ),
        (&["--tls-cert", "cert.pem"], &[], ConfigError::HalfTls),
        (
            &["--tls-cert", "cert.pem", "--tls-key", "key.pem", "--plain-http", "behind-proxy"],
            &[],
            ConfigError::TlsBehindProxy,
        ),
        (
            &["--listen", "192.0.2.1:443", "--tls-cert", "cert.pem", "--tls-key", "key.pem"],
            &[],
            ConfigError::NoHosts("192.0.2.1:443".parse().unwrap()),
        ),
        (
            &["--listen", "192.0.2.1:80", "--plain-http", "behind-proxy"],
            &[],
            ConfigError::NoHosts("192.0.2.1:80".parse().unwrap()),
        ),
        (
            &["--allow-header", "x-mine,cookie"],
            &[],
            ConfigError::Header { name: "cookie".into(), fault: HeaderFault::Forbidden },
        ),
        (&["--static-dir", "/nowhere"], &[], ConfigError::StaticDir("/nowhere".into())),
        (&["--base-url", "http://api.example"], &[key], ConfigError::BaseUrl),
        (&["--base-url", "https://u:p@api.example"], &[key], ConfigError::BaseUrl),
        (&["--base-url", "https://api.example/?a"], &[key], ConfigError::BaseUrl),
        (&["--base-url", "ftp://127.0.0.1"], &[key], ConfigError::BaseUrl),
        (&[], &[("MOVERIS_API_KEY", "sk 1")], ConfigError::ApiKey),
        (
            &[],
            &[("LIVENESS_SECRET", &SECRET[1..])],
            ConfigError::ShortSecret { name: "LIVENESS_SECRET" },
        ),
        (
            &[],
            &[("LIVENESS_SECRET", SECRET), ("LIVENESS_PREVIOUS_SECRET", &SECRET[1..])],
            ConfigError::ShortSecret { name: "LIVENESS_PREVIOUS_SECRET" },
        ),
        (&[], &[("LIVENESS_PREVIOUS_SECRET", SECRET)], ConfigError::PreviousSecretAlone),
        (&[], &[("LIVENESS_PREVIOUS_STORAGE_KEY", SECRET)], ConfigError::PreviousStorageKeyAlone),
        (
            &[],
            &[("LIVENESS_STORAGE_KEY", "short")],
            ConfigError::ShortSecret { name: "LIVENESS_STORAGE_KEY" },
        ),
        (&[], &[("LIVENESS_SERVER_KEY", "short")], ConfigError::ShortServerKey),
        (
            &[],
            &[("LIVENESS_SECRET", SECRET), ("LIVENESS_SECRET_FILE", "/nowhere")],
            ConfigError::TwoSecrets { name: "LIVENESS_SECRET".into() },
        ),
        (
            &[],
            &[("LIVENESS_SERVER_KEY_FILE", "/nowhere")],
            ConfigError::SecretFile {
                name: "LIVENESS_SERVER_KEY".into(),
                why: std::fs::read("/nowhere").unwrap_err().to_string(),
            },
        ),
    ];
    for (flags, env, expected) in cases {
        assert_eq!(settings(flags, env).unwrap_err(), expected, "{flags:?} {env:?}");
    }
}

#[test]
fn who_listens_for_other_machines_says_so() {
    let proxied = ["--plain-http", "behind-proxy", "--allow-host", "liveness.example"];
    for address in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80"] {
        let flags = [&["--listen", address], &proxied[..]].concat();
        assert_eq!(settings(&flags, &[]).unwrap().listen.to_string(), address);
    }
    for address in ["127.0.0.1:1", "127.8.8.8:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        assert!(settings(&["--listen", address], &[]).unwrap().hosts.is_empty(), "{address}");
        let flags = [&["--listen", address], &proxied[..]].concat();
        assert!(!settings(&flags, &[]).unwrap().hosts.is_empty(), "{address}");
    }
}

#[test]
fn by_default_nobody_is_let_in() {
    assert_eq!(settings(&[], &[]).unwrap().access, Access::default());
    let access = Access::default();
    assert!(access.callers.is_empty() && access.frames.is_empty());
    assert_eq!(access.opener.as_str(), "same-origin");
    assert_eq!(access.embedder.header(), None);
    assert_eq!(access.files, FilesTo::Allowed);
}

#[test]
fn lists_are_separated_by_commas_or_given_flag_by_flag() {
    let flags = [
        "--allow-origin",
        "https://a.example, http://localhost:3000",
        "--allow-origin",
        "capacitor://localhost",
        "--allow-frame",
        "",
        "--allow-header",
        "X-One, x-two",
    ];
    let access = settings(&flags, &[]).unwrap().access;
    let callers: Vec<String> = access.callers.iter().map(ToString::to_string).collect();
    assert_eq!(callers, ["https://a.example", "http://localhost:3000", "capacitor://localhost"]);
    assert!(access.frames.is_empty());
    assert_eq!(access.request_headers, ["x-one", "x-two"]);
}

#[test]
fn the_command_describes_itself() {
    let help = Config::command().render_long_help().to_string();
    assert!(help.starts_with("A liveness gateway: holds the API key"), "{help}");
}

#[test]
fn secrets_are_not_in_the_debug_form_nor_in_errors() {
    let env = [
        ("MOVERIS_API_KEY", "sk-very-secret"),
        ("LIVENESS_SECRET", SECRET),
        ("LIVENESS_PREVIOUS_SECRET", "the-one-before-it-is-very-secret-too"),
        ("LIVENESS_SERVER_KEY", "server-key-very-secret"),
    ];
    let shown = format!("{:?}", settings(&[], &env).unwrap());
    assert!(
        !shown.contains("secret\"") && !shown.contains("very-secret") && !shown.contains(SECRET)
    );
    let error = settings(&[], &[("LIVENESS_SERVER_KEY", "tiny-secret")]).unwrap_err();
    assert!(!error.to_string().contains("tiny-secret"));
}

#[test]
fn random_secrets_differ() {
    assert_ne!(random_secret().unwrap(), random_secret().unwrap());
}

#[test]
fn a_secret_may_be_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "server-key-of-a-file\r\n").unwrap();
    let env = [("LIVENESS_SERVER_KEY_FILE", path), ("LIVENESS_SERVER_KEY", "")];
    let key = settings(&[], &env).unwrap().server_key;
    assert_eq!(key.as_ref().map(ExposeSecret::expose_secret), Some("server-key-of-a-file"));
    let long = "0123456789abcdef0123456789abcdef";
    for variable in [
        "MOVERIS_API_KEY",
        "LIVENESS_SECRET",
        "LIVENESS_PREVIOUS_SECRET",
        "LIVENESS_SERVER_KEY",
        "LIVENESS_STORAGE_KEY",
        "LIVENESS_PREVIOUS_STORAGE_KEY",
        "LIVENESS_DATABASE",
    ] {
        let of_file = format!("{variable}_FILE");
        let others = match variable {
            "LIVENESS_PREVIOUS_SECRET" => ("LIVENESS_SECRET", long),
            "LIVENESS_PREVIOUS_STORAGE_KEY" => ("LIVENESS_STORAGE_KEY", long),
            _ => ("", ""),
        };
        let name = || variable.to_owned();
        for text in ["", "\n", "\r\n\n"] {
            std::fs::write(&file, text).unwrap();
            let refused = settings(&[], &[(&of_file, path), others]).unwrap_err();
            assert_eq!(refused, ConfigError::EmptySecret { name: name() }, "{text:?}");
        }
        for broken in ["two\nlines", "\n", "\t", "\u{1b}[31m"] {
            let broken = format!("{long}{broken}{long}");
            std::fs::write(&file, &broken).unwrap();
            for env in [(&*of_file, path), (variable, &broken)] {
                let refused = settings(&[], &[env, others]).unwrap_err();
                assert_eq!(refused, ConfigError::SecretText { name: name() }, "{broken:?}");
            }
        }
    }
    std::fs::write(&file, [0xff, 0xfe]).unwrap();
    let refused = settings(&[], &[("LIVENESS_SECRET_FILE", path)]).unwrap_err();
    assert!(matches!(refused, ConfigError::SecretFile { .. }), "{refused}");
}

fn said(flags: &[&str], key: Option<&str>) -> Vec<String> {
    let env = key.map(|key| ("MOVERIS_API_KEY", key));
    settings(flags, env.as_slice()).unwrap().warnings
}

#[test]
fn what_hardly_works_as_it_was_meant_is_said() {
    let proxied = [
        "--listen",
        "0.0.0.0:8080",
        "--plain-http",
        "behind-proxy",
        "--allow-host",
        "liveness.example",
    ];
    let trusting = [&proxied[..], &["--trusted-proxies", "1"]].concat();
    let upstream = [
        "--base-url",
        "https://stand-in.example",
        "--upstream-rest",
        "9",
        "--paid-checks",
        "anyone",
        "--borderline",
        "40-70",
    ];
    let fitting = ["--ffmpeg", "/bin/true", "--max-crop-megabytes", "128"];
    for fine in
        [&[][..], &["--session-ttl", "120"], &["--max-body-megabytes", "96"], &trusting, &fitting]
    {
        assert_eq!(said(fine, None), [""; 0], "{fine:?}");
    }
    assert_eq!(said(&upstream, Some("sk-key")), [""; 0]);
    for (flags, part) in [
        (&["--session-ttl", "119"][..], "--session-ttl 119"),
        (&["--max-body-megabytes", "95"], "--max-body-megabytes has to be at least 96"),
        (&proxied, "--trusted-proxies"),
        (&upstream, "--base-url, --upstream-rest, --paid-checks, --borderline"),
    ] {
        let said = said(flags, None);
        assert!(said.len() == 1 && said[0].contains(part), "{said:?}");
    }
}
