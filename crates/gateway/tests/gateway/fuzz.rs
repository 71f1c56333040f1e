//! Every parser of what strangers send, with inputs made from valid ones by changing them: nothing panics, and what is
//! taken is what it claims to be.
//!
//! A fraction of a second each, or as many seconds as `LIVENESS_FUZZ_SECONDS` says:
//! `LIVENESS_FUZZ_SECONDS=600 cargo test -p liveness-gateway --test gateway fuzz -- --nocapture`.

use std::str::from_utf8;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderMap, Request};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use liveness_gateway::api::endpoint::{session_id, whole_number};
use liveness_gateway::api::http::body::{BodyLimit, parse_json};
use liveness_gateway::api::http::form::VideoForm;
use liveness_gateway::api::routes::crops_body::{CropsBody, MOST_CROPS};
use liveness_gateway::backend::upstream_answer::{Attempt, UpstreamAnswer};
use liveness_gateway::domain::metadata::{Metadata, MetadataSchema};
use liveness_gateway::domain::origins::Origins;
use liveness_gateway::domain::pictures::base64_text;
use liveness_gateway::domain::pictures::{frame_input, png_input, png_structure};
use liveness_gateway::domain::token::{TokenError, TokenSigner};
use liveness_gateway::domain::trace::Trace;
use liveness_gateway::domain::video::source::VideoHosts;
use liveness_protocol::{
    ClientTime, CompleteRequest, ErrorCode, FastCheckCropsRequest, FastCheckRequest,
    FastCheckStreamRequest, OpenSessionRequest,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::common::mutate::{Fixed, Fuzz};
use crate::common::{crop, picture};

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

#[test]
fn crops_are_pngs_or_refused() {
    let grey = picture(224, 224, png::ColorType::Grayscale, 3);
    let seeds = [crop(1), crop(2), grey, picture(224, 224, png::ColorType::Rgba, 4)];
    Fuzz::from_seeds(seeds).repaired(Fixed::PngSums).run(
        "PNG structure and crops",
        "Ok(()) None",
        |png| {
            let structure = png_structure::check(png);
            let read = png_input::read_crop(png);
            if read.is_ok() {
                assert!(
                    png_input::to_rgb_png(png).is_ok(),
                    "what is read can be brought into form"
                );
                assert_eq!(structure, Ok(()), "what is decoded has the structure of a PNG");
            }
            format!("{structure:?} {:?}", read.err().map(|error| error.code()))
        },
    );
}

#[test]
fn frames_are_pictures_or_refused() {
    let jpeg = |side: u32| {
        let mut file = Vec::new();
        let pixels = image::RgbImage::from_fn(side, side, |x, y| image::Rgb([x as u8, y as u8, 9]));
        image::codecs::jpeg::JpegEncoder::new(&mut file).encode_image(&pixels).unwrap();
        file
    };
    let seeds = [jpeg(64), jpeg(80), picture(64, 64, png::ColorType::Rgb, 1)];
    Fuzz::from_seeds(seeds).repaired(Fixed::PngSums).run("frames", "true true", |file| {
        let size = frame_input::size(file);
        let decoded = frame_input::decode(file);
        match &decoded {
            Ok(frame) => {
                assert!(size.is_ok(), "what is decoded has been measured");
                frame.view().unwrap();
            }
            Err(error) => assert_eq!(error.code(), ErrorCode::ValidationError),
        }
        // The words of the decoders are theirs, and many.
        format!("{} {}", size.is_ok(), decoded.is_ok())
    });
}

#[test]
fn base64_stands_for_its_bytes_or_nothing() {
    let seeds = ["aGVsbG8gd29ybGQ=", "aGVs\r\nbG8", "-_-_", "AA==", "data:image/png;base64,AAAA"];
    Fuzz::from_seeds(seeds).run("base64", "8", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        let text = liveness_protocol::check::strip_data_url(text);
        let decoded = base64_text::decode(text);
        if let Some(bytes) = &decoded {
            assert_eq!(base64_text::decode(&STANDARD.encode(bytes)).as_ref(), Some(bytes));
            assert_eq!(base64_text::decode(&URL_SAFE_NO_PAD.encode(bytes)).as_ref(), Some(bytes));
        }
        decoded.map_or("none".into(), |bytes| bytes.len().min(8).to_string())
    });
}

#[test]
fn bodies_are_what_they_claim_or_refused() {
    fn read<T: DeserializeOwned>(body: &[u8]) -> String {
        match parse_json::<T>(body) {
            Ok(_) => {
                assert_eq!(body.trim_ascii_start().first(), Some(&b'{'), "an object");
                "ok".into()
            }
            Err(error) => {
                assert!(matches!(error.code, ErrorCode::MissingField | ErrorCode::ValidationError));
                assert!(error.message.chars().count() <= 200);
                error.message.chars().filter(|c| !c.is_ascii_digit()).take(40).collect()
            }
        }
    }
    let frame = json!({ "index": 0, "timestamp_ms": 0.5, "pixels": "AAAA" });
    let seeds = [
        json!({ "model": "mixed-10-v2", "frame_count": 10, "source": "live", "reference": "7" }),
        json!({ "run": 1, "warnings": ["w", { "code": "interrupted", "times": 2 }], "fps": 29.97,
            "jitter_ms": 1e-3, "timestamps_ms": [0, 33.3, 66.6] }),
        json!({ "session_id": ID, "crops": [{ "index": 0, "pixels": "AAAA" }], "fps": 30,
            "bg_segmentation": true, "warnings": null, "unknown": { "a": [] } }),
        json!({ "session_id": ID, "frames": [frame], "source": "media" }),
        json!({ "session_id": ID, "frame": frame, "warnings": ["\u{e9}\\\""] }),
        json!({ "client_time": 1234.5 }),
    ];
    let seeds = seeds.map(|seed| seed.to_string());
    let readers = [
        read::<OpenSessionRequest>,
        read::<CompleteRequest>,
        crops,
        read::<FastCheckRequest>,
        read::<FastCheckStreamRequest>,
        read::<ClientTime>,
    ];
    for (seed, read) in seeds.iter().zip(readers) {
        assert_eq!(read(seed.as_bytes()), "ok", "{seed}");
    }
    // Where what reads crops and the protocol's type may differ.
    let crop_lists = [
        r#"[{"index": 0, "pixels": "AAAA", "pixels": "AAAA"}]"#,
        r#"[{"index": 0, "index": 1, "pixels": "AAAA"}]"#,
        r#"[[0, "AAAA"]]"#,
        r#"[{"index": 0, "pixels": "\u0000\ud800"}, {"index": 1, "pixels": null}]"#,
        "[{\"index\": 0, \"pixels\": \"AA\nAA\"}]",
    ];
    let crop_lists =
        crop_lists.map(|crops| format!(r#"{{"session_id": "{ID}", "crops": {crops}}}"#));
    Fuzz::from_seeds(seeds.into_iter().chain(crop_lists))
        .run("JSON bodies", "ok", |body| readers.map(|read| read(body)).join("|"));
}

/// What becomes of a `fast-check-crops` body. What reads it says what the protocol's own type says, with two exceptions: it leaves
/// what is in a picture's text to whoever decodes that, and it takes no list for an object.
fn crops(body: &[u8]) -> String {
    let (read, documented) =
        (parse_json::<CropsBody<'_>>(body), parse_json::<FastCheckCropsRequest>(body));
    match (read, documented) {
        (Ok(read), Ok(documented)) => {
            let FastCheckCropsRequest { crops, session_id, fps, warnings, .. } = documented;
            assert_eq!((read.session_id, read.fps, read.warnings), (session_id, fps, warnings));
            assert_eq!(read.crops.count, crops.len());
            for (read, crop) in read.crops.kept.iter().zip(crops) {
                assert_eq!((read.index, &read.pixels[..]), (crop.index, crop.pixels.as_bytes()));
            }
            "ok".into()
        }
        (Ok(read), Err(error)) => {
            let is_text = |pixels: &[u8]| {
                from_utf8(pixels).is_ok_and(|text| !text.contains(|c: char| c.is_ascii_control()))
            };
            let all = read.crops.kept.iter().all(|crop| is_text(&crop.pixels));
            assert!(!all || read.crops.count > MOST_CROPS, "{error:?}");
            "left to be decoded".into()
        }
        (Err(error), documented) => {
            let is_list = |json: Value| {
                json["crops"].as_array().is_some_and(|crops| crops.iter().any(Value::is_array))
            };
            let json = serde_json::from_slice(body);
            assert!(documented.is_err() || json.map_or(true, is_list), "{error:?}");
            error.message.chars().filter(|c| !c.is_ascii_digit()).take(40).collect()
        }
    }
}

#[test]
fn tokens_are_ours_or_refused() {
    let signer = TokenSigner::new(vec![7; 32].into());
    let session = session_id(ID).unwrap();
    let audiences =
        ["t:default", "t:shop", "o:https://shop.example"].map(|text| text.parse().unwrap());
    let ours: Vec<String> = [99_000_000, 10_000]
        .iter()
        .flat_map(|expiry| {
            audiences.each_ref().map(|audience| signer.issue(session, audience, *expiry))
        })
        .collect();
    Fuzz::from_seeds(ours.clone()).run("session tokens", "Ok", |bytes| {
        let Ok(token) = from_utf8(bytes) else { return "no text".into() };
        let verified = signer.verify(session, token, 20_000);
        if verified != Err(TokenError::Invalid) {
            // A zero before the number changes nothing that is signed.
            let token = token.trim_start_matches('0');
            assert!(ours.iter().any(|one| one == token), "{token} was never issued");
        }
        format!("{verified:?}")
    });
}

#[test]
fn traces_go_on_or_begin_anew() {
    let seeds = [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-12345678901234567890123456789012-1234567890123456-01-what-more",
        "00-00000000000000000000000000000000-0000000000000000-00",
    ];
    Fuzz::from_seeds(seeds).run("traceparent", "true", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        let trace = Trace::of(Some(text), None);
        let written = trace.to_string();
        assert!(written.len() == 55 && written.is_ascii(), "{written}");
        let kept = text.get(3..35) == Some(&trace.id());
        // What we write, others go on with.
        assert_eq!(Trace::of(Some(&written), None).id(), trace.id());
        kept.to_string()
    });
}

#[test]
fn origins_are_as_browsers_send_them_or_refused() {
    let seeds = [
        "https://shop.example",
        "https://*.shop.example:8443",
        "capacitor://localhost",
        "http://[2001:db8::1]:8080",
        "http://127.0.0.1:1",
        "https://xn--bcher-kva.example",
    ];
    Fuzz::from_seeds(seeds).run("origins", "ok", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        // Blanks around a setting do not count.
        let text = text.trim();
        match Origins::parse(&[text]) {
            Ok(origins) => {
                for pattern in origins.iter() {
                    let again = Origins::parse(&[pattern.to_string()]).unwrap();
                    assert_eq!(again, origins, "{text}");
                    assert!(text.contains('*') || pattern.matches(text), "{text}");
                    assert!(!pattern.matches("null"), "{text}");
                }
                "ok".into()
            }
            Err(error) => format!("{:?}", error.fault).chars().take(12).collect(),
        }
    });
}

#[test]
fn ids_and_numbers_of_paths_are_exact() {
    let seeds = [ID, "0", "4294967295", "4294967296", "{550e8400-e29b-41d4-a716-446655440000}"];
    Fuzz::from_seeds(seeds).run("ids and numbers", "false true", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        let number = whole_number(text);
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        assert_eq!(number, digits.then(|| text.parse().ok()).flatten());
        let id = session_id(text);
        if let Ok(id) = &id {
            assert!(text.to_ascii_lowercase().replace('-', "").contains(&id.simple().to_string()));
        }
        format!("{} {}", number.is_some(), id.is_ok())
    });
}

#[test]
fn upstream_answers_are_this_sessions_or_none() {
    let verdict = json!({ "verdict": "live", "confidence": 0.9, "real_score": 0.9, "score": 90.0,
        "type": "VERY HIGH", "session_id": ID, "model": "mixed-10-v2", "processing_ms": 12,
        "frames_processed": 10, "warning": null, "warnings": ["w"], "tenant_metadata": { "a": 1 } });
    let failure = |code: &str| json!({ "data": null, "success": false, "message": "m\n", "errors": [{ code: ["m"] }] });
    let seeds = [
        json!({ "data": verdict, "success": true, "message": "OK", "errors": null }),
        failure("rate_limit_exceeded"),
        failure("insufficient_credits"),
        failure("crops.0.pixels"),
        json!({ "success": false, "error": "invalid_key", "message": null }),
    ];
    let headers = HeaderMap::new();
    Fuzz::from_seeds(seeds.map(|seed| seed.to_string())).run(
        "upstream answers",
        "verdict",
        |body| {
            let outcomes = [200, 400, 401, 429, 500, 503].map(|status| {
                let answer = UpstreamAnswer { status, headers: &headers, body };
                match answer.read(ID, UNIX_EPOCH, str::to_owned) {
                    Attempt::Verdict(reply) => {
                        assert_eq!(status, 200);
                        assert!(reply.verdict.session_id.eq_ignore_ascii_case(ID));
                        "verdict".to_owned()
                    }
                    Attempt::Failed(error) => format!("{:?}", std::mem::discriminant(&error)),
                    Attempt::NotMade { .. } => "not made".to_owned(),
                }
            });
            outcomes.join("|")
        },
    );
}

#[test]
fn forms_with_a_video_are_read_or_refused() {
    let form = |parts: &[(&str, &str)]| {
        let part = |(about, content): &(&str, &str)| {
            format!("--b\r\nContent-Disposition: form-data; {about}\r\n\r\n{content}\r\n")
        };
        parts.iter().map(part).collect::<String>() + "--b--\r\n"
    };
    let file =
        ("name=\"video_file\"; filename=\"a.mp4\"\r\nContent-Type: video/mp4", "....ftypisom");
    let seeds = [
        form(&[file, ("name=model", "mixed-10-v2"), ("name=\"metadata\"", r#"{"a": 1}"#)]),
        form(&[("name=\"video_url\"", "https://video.example/a.mp4"), ("name=\"other\"", "")]),
        format!("before\r\n{}behind", form(&[file])),
        form(&[file, file]),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limit = BodyLimit { bytes: 4096, time: Duration::from_secs(20) };
    Fuzz::from_seeds(seeds).run("forms", "true false true", |body| {
        let request = Request::post("/")
            .header("content-type", "multipart/form-data; boundary=b")
            .body(axum::body::Body::from(body.to_vec()));
        let read = runtime.block_on(VideoForm::read(request.unwrap(), limit));
        match read {
            Ok(form) => {
                let file = form.file.map(|file| file.bytes);
                assert!(file.is_none_or(|bytes| bytes <= body.len()));
                format!("{} {} {}", file.is_some(), form.url.is_some(), form.model.is_some())
            }
            Err(error) => {
                let refused = [ErrorCode::InvalidVideoInput, ErrorCode::PayloadTooLarge];
                assert!(refused.contains(&error.code), "{error:?}");
                error.message
            }
        }
    });
}

#[test]
fn a_videos_address_is_of_an_allowed_host_or_refused() {
    let hosts = VideoHosts::parse(&["video.example", "*.cdn.example:8443"]).unwrap();
    let seeds = [
        "https://video.example/a/b.mp4?token=1#t",
        "https://eu.cdn.example:8443/a.webm",
        "https://user:word@video.example/a.mp4",
        "https://127.0.0.1/a.mp4",
        "file:///etc/a.mp4",
    ];
    Fuzz::from_seeds(seeds).run("addresses of videos", "None", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        let checked = hosts.check(text);
        if let Ok(video) = &checked {
            let (host, port) = (video.url.host_str().unwrap(), video.url.port_or_known_default());
            let allowed = (host == "video.example" && port == Some(443))
                || (host.ends_with(".cdn.example") && port == Some(8443));
            assert!(allowed && video.url.scheme() == "https", "{text}");
            assert_eq!((video.url.username(), video.url.password()), ("", None), "{text}");
            assert!(!video.name.contains('/'), "{text}");
        }
        format!("{:?}", checked.err())
    });
}

#[test]
fn schemas_of_metadata_are_usable_or_refused() {
    let seeds = [
        json!({ "type": "object", "required": ["a"], "properties": { "a": { "enum": ["x", 1, null] } } }),
        json!({ "$defs": { "d": { "pattern": "^[a-z]+$" } }, "properties": { "a": { "$ref": "#/$defs/d" } } }),
        json!({ "patternProperties": { "^x": { "items": { "minimum": 0 } } }, "additionalProperties": false }),
        json!({ "oneOf": [{ "not": {} }, { "if": { "const": 1 }, "then": { "uniqueItems": true } }] }),
    ];
    let metadata = Metadata::read(r#"{"a": "x", "xs": [1, 2, {"a": []}], "b": null}"#).unwrap();
    Fuzz::from_seeds(seeds.map(|seed| seed.to_string())).run("metadata schemas", "fits", |bytes| {
        let Ok(text) = from_utf8(bytes) else { return "no text".into() };
        match MetadataSchema::read(text) {
            Ok(schema) => match schema.check(&metadata) {
                Ok(()) => "fits".into(),
                Err(error) => {
                    assert_eq!(error.code, ErrorCode::InvalidMetadata);
                    error.fields.iter().map(|(field, _)| field.as_str()).collect()
                }
            },
            Err(error) => format!("{:?}", std::mem::discriminant(&error)),
        }
    });
}
