//! What a check requests and tells, and where it takes frames from, with a worker that needs neither camera nor network.

use super::*;

pub(super) const ENGINE: &str = include_str!("engine.js");

const TRACK_PROCESSOR: (&str, &str) = ("framePath", "track-processor");

/// Starts a check whose requests are answered by the body of a function of `request` and `count`.
fn start_answered(options: &[(&str, JsValue)], answer: &str) -> Run {
    fake_camera(CANVAS_STREAM);
    let (name, path) = TRACK_PROCESSOR;
    let options = [&[(name, path.into()), ("endpoint", "https://api.test".into())], options];
    let run = start(&options.concat(), ENGINE);
    script(&format!("window.__engine.answer = async (request, count) => {{ {answer} }}"));
    run
}

fn number(value: &JsValue, key: &str) -> Option<f64> {
    Reflect::get(value, &key.into()).ok()?.as_f64()
}

pub(super) fn transport(name: &str) -> (&'static str, JsValue) {
    ("transport", name.into())
}

pub(super) fn frames(count: u32) -> [(&'static str, JsValue); 2] {
    [("model", "mine".into()), ("frameCount", count.into())]
}

/// Answers a request that opens a session.
const OPENED: &str = "if (request.url.endsWith('/sessions')) return { status: 201, body: { success: true, message: '', \
     data: { session_id: 'a-session', token: 't', model: 'm', frames_required: 4, ttl_seconds: 600, expires_at: '' } } };";

#[wasm_bindgen_test]
async fn frames_that_were_lost_together_are_sent_again_one_by_one() {
    let options = [&frames(9)[..], &[transport("stream")]].concat();
    let lost_at_first = "if (count <= 3) return null; if (count === 4) engine.most = engine.flying; \
         return new Promise(() => {});";
    let lost_at_first = lost_at_first.replace("engine", "window.__engine");
    let run = start_answered(&options, &lost_at_first);
    until("engine.sent.length > 3").await;
    // Longer than all that was lost waits before it is sent again.
    TimeoutFuture::new(1_000).await;
    assert_eq!(told("engine.most").as_f64(), Some(1.0));
    run.check.cancel();
}

#[wasm_bindgen_test]
async fn a_check_that_fails_keeps_its_session_and_how_far_it_got() {
    let options = [&frames(4)[..], &[transport("sessions")]].concat();
    let refused = "if (!request.url.endsWith('/complete')) return { status: 200, body: { success: true, message: '', data: {} } }; \
         return { status: 402, body: { success: false, message: '', errors: [{ insufficient_credits: ['none'] }] } };";
    let run = start_answered(&options, &format!("{OPENED} {refused}"));
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("insufficient_credits"));
    assert_eq!(text(&last, "sessionId").as_deref(), Some("a-session"));
    assert_eq!(number(&last, "framesTaken"), Some(4.0));
    assert_eq!(number(&last, "framesUploaded"), Some(4.0));
}

#[wasm_bindgen_test]
async fn a_session_is_told_when_it_is_open_and_stays_when_a_run_breaks() {
    let late =
        format!("while (!window.__open) await new Promise((on) => setTimeout(on, 5)); {OPENED}");
    script("window.__open = false");
    let run = start_answered(&[transport("sessions")], &late);
    script("window.__engine.face = false");
    run.until("positioning").await;
    until("engine.sent.length > 0").await;
    TimeoutFuture::new(500).await;
    let session = |run: &Run| run.seen.borrow().last().and_then(|last| text(last, "sessionId"));
    assert_eq!(session(&run), None);
    script("window.__open = true");
    run.shows("the session", |last| text(last, "sessionId").as_deref() == Some("a-session")).await;
    script("window.__engine.face = true");
    run.until("capturing").await;
    script("window.__engine.face = false");
    run.until("positioning").await;
    let seen = run.seen.borrow();
    let lost = seen
        .iter()
        .skip_while(|view| text(view, "sessionId").is_none())
        .position(|view| text(view, "sessionId").is_none());
    assert_eq!(lost, None);
}

#[wasm_bindgen_test]
async fn a_busy_server_is_reported_as_busy_when_the_time_is_up() {
    let timeouts = object(&[("upload", JsValue::from(500))]);
    let options = [&frames(4)[..], &[transport("sessions"), ("timeouts", timeouts)]].concat();
    let busy = "return { status: 429, retryAfter: '20', \
         body: { success: false, message: 'Slow down', errors: [{ rate_limit_exceeded: ['x'] }] } };";
    let run = start_answered(&options, &format!("{OPENED} {busy}"));
    let last = run.until("failed").await;
    assert_eq!(error_code(&last).as_deref(), Some("rate_limit_exceeded"));
}

/// The server, or what stands before it, has given up waiting for the picture: it may come yet.
#[wasm_bindgen_test]
async fn a_picture_that_took_too_long_for_the_server_is_sent_again() {
    let named = "{ success: false, message: 'm', errors: [{ request_timeout: ['m'] }] }";
    for body in [named, "null"] {
        let answer = format!(
            "if (window.__last_put === request.url) return {{ status: 201, body: {{ success: true, message: '', data: {{}} }} }}; \
             window.__last_put = request.url; return {{ status: 408, body: {body} }};"
        );
        let options = [&frames(1)[..], &[transport("sessions")]].concat();
        let opened = OPENED.replace("frames_required: 4", "frames_required: 1");
        let run = start_answered(&options, &format!("{opened} {answer}"));
        until("engine.sent.filter(({ method }) => method === 'PUT').length > 1").await;
        let asked = "new Set(engine.sent.map(({ method, url }) => method === 'PUT' && url)).size";
        assert_eq!(told(asked).as_f64(), Some(2.0), "one picture: {body}");
        run.check.cancel();
    }
}

/// A timer that is set for longer than it can count fires at once.
#[wasm_bindgen_test]
async fn the_longest_time_limits_are_no_shorter_for_a_large_request() {
    const LONGEST: f64 = 2_147_483_647.0;
    let longest = ["verify", "request", "upload"].map(|name| (name, LONGEST.into()));
    let options = [&frames(2)[..], &[transport("crops"), ("timeouts", object(&longest))]].concat();
    let run = start_answered(&options, "return new Promise(() => {})");
    until("engine.sent.length > 0").await;
    assert_eq!(told("engine.sent[0].timeoutMs").as_f64(), Some(LONGEST));
    TimeoutFuture::new(200).await;
    assert_eq!(run.state().as_deref(), Some("verifying"));
    run.check.cancel();
}

#[wasm_bindgen_test]
async fn a_redirect_is_to_blame_only_if_what_follows_it_keeps_getting_lost() {
    for (lost, session) in [(3, Some("a-session")), (4, None)] {
        let answer = format!(
            "if (count === 2) return {{ status: 0 }}; if (count <= {lost}) return null; {OPENED}"
        );
        let run = start_answered(&[transport("sessions")], &answer);
        script("window.__engine.face = false");
        until("engine.sent.length > 3").await;
        let modes = told("engine.sent.map(({ redirect }) => redirect).join()").as_string();
        assert_eq!(modes.as_deref(), Some("follow,manual,follow,follow"));
        let refused = session.is_none().then_some("proxy_refused");
        run.shows("the answer's outcome", |last| {
            (text(last, "sessionId").as_deref(), error_code(last).as_deref()) == (session, refused)
        })
        .await;
        run.check.cancel();
    }
}

#[wasm_bindgen_test]
async fn a_session_that_grew_too_old_is_given_back_for_a_new_one() {
    let answer = OPENED.replace("ttl_seconds: 600", "ttl_seconds: count === 1 ? 1 : 600");
    let run = start_answered(&[transport("sessions")], &answer);
    script("window.__engine.face = false");
    until("engine.sent.length > 0").await;
    TimeoutFuture::new(1_200).await;
    script("window.__engine.face = true");
    run.until("capturing").await;
    let asked = "engine.sent.map(({ method }) => method).filter((method) => method !== 'PUT').sort().join()";
    assert_eq!(told(asked).as_string().as_deref(), Some("DELETE,POST,POST"));
    run.check.cancel();
}

/// The last requests of the page before this one may arrive after it has asked how far that got.
#[wasm_bindgen_test]
async fn an_attempt_in_a_given_session_shares_no_run_with_the_one_before() {
    let given = object(&[("id", "a-session".into()), ("token", "t".into())]);
    let mut last = 0.0;
    // Time goes on also while none of the first attempt's crops has arrived.
    for (run_before, ttl_s) in [(0, 600), (0, 597), (2, 595)] {
        let known = format!(
            "if (request.method === 'GET') return {{ status: 200, body: {{ success: true, message: '', data: {{ \
             state: 'open', run: {run_before}, frames_received: 0, frames_required: 4, ttl_seconds: {ttl_s} }} }} }}; \
             return new Promise(() => {{}});"
        );
        let options = [transport("sessions"), ("session", given.clone())];
        let run = start_answered(&options, &known);
        let put = "engine.sent.find(({ method }) => method === 'PUT')";
        until(put).await;
        let number = told(&format!("Number(new URL({put}.url).searchParams.get('run'))"));
        // More runs than an attempt ever has.
        let number = number.as_f64().unwrap();
        assert!(
            number >= f64::from(run_before) + 500.0 && number >= last + 500.0,
            "{number} after {last}"
        );
        last = number;
        run.check.cancel();
    }
}

#[wasm_bindgen_test]
async fn a_stream_whose_first_frame_takes_long_is_not_left() {
    let run = start_answered(&[transport("sessions")], OPENED);
    script(
        "const engine = window.__engine; \
         engine.stream = () => engine.say({ type: 'flowing' }); \
         engine.next = () => setTimeout(() => engine.frames = 1, 1_600)",
    );
    until("engine.frames === 1").await;
    assert_eq!(
        told("engine.told.some((type) => type === 'leave' || type === 'frame')").as_bool(),
        Some(false)
    );
    run.check.cancel();
}

/// A stream that brings nothing until it is left, and then one frame more.
const SILENT: &str = "const engine = window.__engine; const analysed = engine.next; engine.next = () => {}; \
     engine.leave = () => { analysed(); setTimeout(() => { engine.early = engine.told.includes('frame'); \
     engine.say({ type: 'ended' }); }, 200); };";

#[wasm_bindgen_test]
async fn a_silent_stream_is_left_before_frames_are_taken_from_the_preview() {
    let run = start_answered(&[transport("sessions")], OPENED);
    script(SILENT);
    run.until("capturing").await;
    until("engine.told.includes('frame')").await;
    assert_eq!(told("engine.early").as_bool(), Some(false));
    run.check.cancel();
}

/// A frame that nobody has asked for would be under way beside the one that is asked for next.
#[wasm_bindgen_test]
async fn a_stream_that_is_left_while_the_camera_is_muted_has_no_frame_taken_before_it_goes_on() {
    let run = start_answered(&[transport("sessions")], OPENED);
    script(
        "const engine = window.__engine; const analysed = engine.next; engine.next = () => {}; \
         const tell = (name) => window.__stream.getVideoTracks()[0].dispatchEvent(new Event(name)); \
         engine.leave = () => { tell('mute'); analysed(); engine.say({ type: 'ended' }); \
         setTimeout(() => { engine.early = engine.told.includes('frame'); tell('unmute'); }, 200); };",
    );
    until("engine.told.includes('frame')").await;
    assert_eq!(told("engine.early").as_bool(), Some(false));
    run.until("capturing").await;
    run.check.cancel();
}

#[wasm_bindgen_test]
async fn a_preview_that_throws_where_the_stream_is_left_is_a_typed_error() {
    let run = start_answered(&[transport("sessions")], OPENED);
    script(SILENT);
    script(
        "const { prototype } = HTMLVideoElement; window.__callback = prototype.requestVideoFrameCallback; \
         prototype.requestVideoFrameCallback = () => { throw new Error('mine') }",
    );
    let last = run.until("failed").await;
    script("HTMLVideoElement.prototype.requestVideoFrameCallback = window.__callback");
    assert_eq!(error_code(&last).as_deref(), Some("frame_unsupported"));
}
