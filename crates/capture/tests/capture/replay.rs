//! Traces recorded in the browser (`LivenessCheck.record()`) lead to the same decisions here. A bug becomes a test by
//! putting its trace into `tests/traces`.

use std::path::{Path, PathBuf};

use crate::common::Rules;
use liveness_capture_core::{
    Effect, Event, FaceBox, FaceObservation, FailureCode, FrameAnalysis, Session, SessionConfig,
    quality::{Measure, Measures},
};
use serde_json::{Value, json};

/// What the page was told.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    state: String,
    guidance: String,
    taken: u64,
    cause: Option<String>,
    code: Option<String>,
}

/// A recorded check, played to a session.
struct Replay {
    session: Session,
    rules: Rules,
    now: f64,
    taken: u64,
    required: u32,
    /// Whether the server has answered, for any run.
    opened: bool,
    run: u32,
    acknowledged: u32,
    /// Why it has failed.
    code: Option<FailureCode>,
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn count(value: &Value) -> u32 {
    value.as_u64().and_then(|n| u32::try_from(n).ok()).expect("a count")
}

fn analysis(row: &[Value], names: &[&str]) -> FrameAnalysis {
    let faces = row[6].as_array().expect("faces").iter().map(|face| {
        let at = |i: usize| number(&face[i]);
        let bbox = FaceBox { x: at(1), y: at(2), width: at(3), height: at(4) };
        FaceObservation { bbox, score: at(0) }
    });
    let values = row[7].as_array().expect("measures");
    // A measure of another version of the package is left out.
    let measures = names.iter().zip(values).filter_map(|(name, value)| {
        let measure = Measure::OF_PIXELS.iter().find(|measure| measure.as_str() == *name)?;
        Some((*measure, number(value)))
    });
    FrameAnalysis {
        timestamp_ms: number(&row[3]),
        width: count(&row[4]),
        height: count(&row[5]),
        faces: faces.collect(),
        measures: measures.collect::<Measures>(),
    }
}

impl Replay {
    fn send(&mut self, event: Event) {
        self.rules.before(&event);
        let effects = self.session.handle(self.now, event);
        self.rules.after(&effects);
        for effect in effects {
            match effect {
                Effect::TakeCrop { .. } => self.taken += 1,
                Effect::OpenTransport { run } => {
                    (self.run, self.taken, self.acknowledged, self.required) = (run, 0, 0, 0);
                }
                Effect::Fail(code) => self.code = Some(code),
                _ => {}
            }
        }
    }

    /// The server's answer is in no row of its own: it came before the report that knows how many pictures it needs.
    fn open_before(&mut self, report: Option<&Vec<Value>>) {
        let required = report.map_or(0, |row| count(&row[5]));
        if self.required > 0 || required == 0 {
            return;
        }
        self.opened = true;
        self.required = required;
        self.rules.frames_required = Some(self.required);
        let (run, frames_required) = (self.run, self.required);
        self.send(Event::TransportOpened { run, frames_required, expires_in_ms: f64::INFINITY });
    }

    /// Whether the server's answer came before a frame, given the report that follows: the first one is reported at once,
    /// so with pictures that are taken, it was before the frame that was.
    fn opens_before_frame(&self, report: Option<&Vec<Value>>) -> bool {
        self.opened || report.is_some_and(|row| count(&row[4]) > 0)
    }

    /// What happened between two reports, from their difference.
    fn infer(&mut self, before: Option<&str>, row: &Vec<Value>) {
        let state = row[2].as_str().expect("a state");
        match (before, state) {
            (None, "requesting-camera") => {
                self.send(Event::Start);
            }
            (Some("requesting-camera"), "loading") => {
                self.send(Event::CameraReady { width: 640, height: 480 });
            }
            (Some("requesting-camera"), "positioning") => {
                self.send(Event::DetectorReady);
                self.send(Event::CameraReady { width: 640, height: 480 });
            }
            (Some("loading"), "positioning") => self.send(Event::DetectorReady),
            // The camera is on, but has no picture yet; older records do not say so.
            (Some("requesting-camera"), "requesting-camera") if row[3] == "wait" => {
                self.send(Event::CameraOpened);
            }
            (_, "cancelled") => self.send(Event::Cancel),
            _ => {}
        }
        self.open_before(Some(row));
        // Unless a limit was reached, which needs no event. Whoever has said it, the session only passes it on.
        let code = row.get(8).and_then(Value::as_str);
        if let (Some(code), "failed", None) = (code, state, self.code) {
            let code = FailureCode::from_code(code).expect("a code");
            let run = self.run;
            self.send(match before {
                Some("requesting-camera" | "loading") => Event::EngineFailed(code),
                _ => Event::TransportFailed { run, code },
            });
        }
        let received = count(&row[6]);
        while self.acknowledged < received {
            let (run, index) = (self.run, self.acknowledged);
            self.acknowledged += 1;
            self.send(Event::UploadAcknowledged { run, index });
        }
    }

    fn told(&self) -> Told {
        Told {
            state: self.session.told_state().to_string(),
            guidance: self.session.guidance().to_string(),
            taken: self.taken,
            cause: self.session.cause().map(|cause| cause.as_str().to_owned()),
            code: self.code.map(|code| code.as_str().to_owned()),
        }
    }
}

/// Plays a trace up to the verdict, or to whatever else has ended the check. Returns how many decisions were compared.
fn replay(name: &str, trace: &Value) -> usize {
    assert_eq!(trace["version"], 1, "{name}");
    let names: Vec<_> = trace["measures"].as_array().expect("names").iter().collect();
    let names: Vec<_> = names.iter().map(|name| name.as_str().expect("a name")).collect();
    let file = trace["file"].as_bool().expect("file");
    let mut config = SessionConfig::default();
    config.target_fps = trace["fps"].as_f64().unwrap_or(config.target_fps);
    // No row holds a verdict.
    assert_ne!(trace["escalates"], true, "{name}: the steps of an escalation cannot be replayed");
    if trace["mode"] == "background" {
        config = config.in_background();
    }
    if file {
        config = config.of_a_file();
    }
    for (option, setting) in [
        ("camera", &mut config.camera_timeout_ms),
        ("loading", &mut config.loading_timeout_ms),
        ("positioning", &mut config.positioning_timeout_ms),
        ("help", &mut config.help_after_ms),
        ("stall", &mut config.stall_timeout_ms),
        ("upload", &mut config.upload_timeout_ms),
        ("verify", &mut config.verify_timeout_ms),
    ] {
        *setting = trace["timeouts"][option].as_f64().unwrap_or(*setting);
    }
    let mut replay = Replay {
        session: Session::new(config).expect("a valid configuration"),
        rules: Rules::default(),
        now: 0.0,
        taken: 0,
        required: 0,
        opened: false,
        run: 0,
        acknowledged: 0,
        code: None,
    };
    let (mut before, mut compared) = (None, 0);
    let rows = trace["rows"].as_array().expect("rows").iter();
    let rows: Vec<_> = rows.map(|row| row.as_array().expect("a row")).collect();
    for (index, row) in rows.iter().enumerate() {
        replay.now = number(&row[1]);
        if replay.session.next_deadline_ms().is_some_and(|deadline| deadline <= replay.now) {
            replay.send(Event::Tick);
        }
        match row[0].as_str().expect("a kind") {
            "frame" => {
                let next = rows[index..].iter().find(|row| row[0] == "state");
                if replay.opens_before_frame(next.copied()) {
                    replay.open_before(next.copied());
                }
                replay.send(Event::FrameAnalysed(analysis(row, &names)));
            }
            "cut" => replay.send(Event::CropCut { run: count(&row[2]), index: count(&row[3]) }),
            "hidden" => replay.send(Event::PageHidden),
            "extended" => replay.send(Event::Extend),
            "visible" => replay.send(Event::PageVisible),
            "state" => {
                let text = |i: usize| row[i].as_str().expect("a word").to_owned();
                let cause = row.get(7).map(|cause| cause.as_str().map(str::to_owned));
                // The verdict itself is not recorded.
                if row[2] == "done" {
                    break;
                }
                replay.infer(before.as_deref(), row);
                let told = replay.told();
                let wanted = Told {
                    state: text(2),
                    guidance: text(3),
                    // Who ends a check may tell of the pictures that are given up, or no longer.
                    taken: match &row[2] {
                        state if state == "failed" || state == "cancelled" => told.taken,
                        _ => count(&row[4]).into(),
                    },
                    // Older records have neither.
                    cause: cause.unwrap_or_else(|| told.cause.clone()),
                    code: match row.get(8) {
                        Some(code) if row[2] == "failed" => code.as_str().map(str::to_owned),
                        _ => told.code.clone(),
                    },
                };
                // The script says `wait` before the session says anything.
                if !(wanted.state == "requesting-camera" && before.is_none()) {
                    assert_eq!(told, wanted, "{name}, row {index}");
                    compared += 1;
                }
                before = Some(wanted.state);
            }
            kind => panic!("{name}: a row of kind {kind:?}"),
        }
    }
    compared
}

/// Replays every trace of a folder; returns their names.
fn replay_all(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("traces")
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    let replayed = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect(&name);
        let trace = serde_json::from_str(&text).expect(&name);
        let compared = replay(&name, &trace);
        println!("{name}: {compared} decisions");
        assert!(compared >= 3, "{name}: {compared}");
        name
    };
    files.into_iter().map(replayed).collect()
}

#[test]
fn the_same_measures_lead_to_the_same_decisions() {
    let names = replay_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces"));
    // One of each way to the session: what only a file does is in no other.
    for kind in ["straight.json", "hidden_page.json", "in_the_background.json", "of_a_file.json"] {
        assert!(names.iter().any(|name| name == kind), "{kind} is not among {names:?}");
    }
}

/// So many rows of a recorded check, then its failure with this code.
fn failed_after(rows: usize, code: &str) -> Value {
    let good = include_str!("../traces/straight.json");
    let mut trace: Value = serde_json::from_str(good).expect("a trace");
    let all = trace["rows"].as_array_mut().expect("rows");
    all.truncate(rows);
    let state = all.iter().rfind(|row| row[0] == "state").expect("a state").clone();
    let at = number(&all.last().expect("a row")[1]) + 1.0;
    // The run is given up with its pictures.
    all.push(json!(["state", at, "failed", "none", 0, state[5].clone(), 0, null, code]));
    trace
}

#[test]
fn a_check_that_failed_is_played_to_its_end_whatever_has_ended_it() {
    for code in ["camera_denied", "camera_in_use", "engine_crashed", "engine_file_missing"] {
        replay(code, &failed_after(2, code));
    }
    for code in ["camera_ended", "frames_stalled", "rate_limit_exceeded", "session_expired"] {
        for rows in [20, 40, 47] {
            replay(code, &failed_after(rows, code));
        }
    }
}

#[test]
fn limits_that_a_page_has_raised_hold_when_its_check_is_played() {
    for (option, waits_in) in [("camera", "requesting-camera"), ("loading", "loading")] {
        let mut trace = failed_after(20, "camera_ended");
        trace["timeouts"] = json!({ option: 900_000.0 });
        let rows = trace["rows"].as_array_mut().expect("rows");
        for row in rows.iter_mut().skip(2) {
            row[1] = json!(number(&row[1]) + 700_000.0);
        }
        if waits_in == "loading" {
            rows.insert(2, json!(["state", 500.0, waits_in, "wait", 0, 0, 0]));
        }
        replay(option, &trace);
    }
}

/// The end-to-end tests leave theirs, and the suite names the folder afterwards.
#[test]
fn what_a_browser_has_just_decided_is_decided_here_too() {
    if let Some(folder) = std::env::var_os("LIVENESS_TRACES") {
        replay_all(Path::new(&folder));
    }
}
