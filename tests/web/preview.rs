//! Previews that belong to a page: what their properties throw, and who plays them.

use super::requests::{ENGINE, frames};
use super::*;

/// What the module reads, sets and calls of a preview, besides listening to it.
const PROPERTIES: [&str; 18] = [
    "srcObject",
    "src",
    "muted",
    "play",
    "pause",
    "load",
    "videoWidth",
    "videoHeight",
    "currentTime",
    "playbackRate",
    "paused",
    "ended",
    "error",
    "getAttribute",
    "setAttribute",
    "removeAttribute",
    "requestVideoFrameCallback",
    "cancelVideoFrameCallback",
];

/// Has a property of the preview throw, whatever is done with it.
fn sabotage(preview: &HtmlVideoElement, name: &str) {
    let fail = "const fail = () => { throw new Error('mine') }; \
         Object.defineProperty(preview, name, { configurable: true, get: fail, set: fail });";
    let sabotage = Function::new_with_args("preview, name", fail);
    sabotage.call2(&JsValue::NULL, preview, &name.into()).unwrap();
}

/// A video file of a second, in `window.__clip`.
async fn record_clip() {
    fake_camera(CANVAS_STREAM);
    script(
        "window.__clip = null; navigator.mediaDevices.getUserMedia().then((stream) => { const recorder = new MediaRecorder(stream); \
         const parts = []; recorder.ondataavailable = ({ data }) => { \
         if (data.size && parts.push(data) === 10) recorder.stop(); }; \
         recorder.onstop = () => { window.__clip = new Blob(parts, { type: recorder.mimeType }); \
         clearInterval(window.__timer); stream.getTracks().forEach((track) => track.stop()); }; \
         recorder.start(100); })",
    );
    until("window.__clip").await;
}

/// A check that looks at frames for as long as a test takes.
fn watching(preview: &HtmlVideoElement, path: &str, source: JsValue) -> Run {
    fake_camera(CANVAS_STREAM);
    let options = [&frames(90)[..], &[("framePath", path.into()), ("source", source)]].concat();
    start_in(preview.clone(), &options, ENGINE)
}

impl Run {
    /// Waits until it has failed or looks at frames. It must do one of them: a check that does nothing more has been
    /// broken by what it did not hear of.
    async fn fails_or_goes_on(&self, what: &str) {
        let asked = told("engine.told.length").as_f64().unwrap();
        for _ in 0..120 {
            let state = self.state();
            let looks = state.as_deref() == Some("capturing")
                && told("engine.told.length").as_f64().unwrap() > asked + 4.0;
            if looks || state.as_deref() == Some("failed") {
                return;
            }
            TimeoutFuture::new(25).await;
        }
        panic!("{what}: neither fails nor goes on; {:?}", self.seen.borrow().last());
    }

    /// Ends it, and sees to it that it does end, with a code that says what was broken.
    fn ends(&self, what: &str, codes: &[&str]) {
        self.check.cancel();
        let last = self.seen.borrow().last().cloned().unwrap();
        let code = error_code(&last).unwrap_or_default();
        assert!(code == "cancelled" || codes.contains(&code.as_str()), "{what}: {code:?}");
        assert_eq!(live_tracks(), 0, "{what}");
    }
}

#[wasm_bindgen_test]
async fn a_preview_whose_properties_throw_does_not_leave_the_camera_on() {
    for path in ["canvas", "video-frame", "track-processor"] {
        for broken in PROPERTIES {
            let what = format!("{path}, {broken}");
            let preview = video();
            sabotage(&preview, broken);
            let run = watching(&preview, path, "camera".into());
            run.fails_or_goes_on(&what).await;
            run.ends(&what, &["camera_failed", "frame_unsupported"]);
        }
    }
}

#[wasm_bindgen_test]
async fn a_preview_whose_properties_throw_in_the_middle_does_not_leave_the_camera_on() {
    for broken in PROPERTIES {
        let preview = video();
        let run = watching(&preview, "canvas", "camera".into());
        run.until("capturing").await;
        sabotage(&preview, broken);
        run.fails_or_goes_on(broken).await;
        run.ends(broken, &["camera_failed", "frame_unsupported"]);
    }
}

#[wasm_bindgen_test]
async fn a_files_preview_whose_properties_throw_does_not_leave_the_check_hanging() {
    record_clip().await;
    for broken in PROPERTIES {
        let preview = video();
        sabotage(&preview, broken);
        let run = watching(&preview, "canvas", told("URL.createObjectURL(window.__clip)"));
        run.fails_or_goes_on(broken).await;
        run.ends(broken, &["media_unsupported", "frame_unsupported", "camera_ended"]);
    }
}

#[wasm_bindgen_test]
async fn a_preview_that_plays_by_itself_after_all_asks_for_no_tap() {
    record_clip().await;
    for source in ["'camera'", "window.__clip"] {
        let preview = video();
        let refuse =
            "preview.play = () => Promise.reject(new DOMException('not yet', 'NotAllowedError'))";
        let refuse = Function::new_with_args("preview", refuse);
        refuse.call1(&JsValue::NULL, &preview).unwrap();
        let run = watching(&preview, "canvas", told(source));
        for _ in 0..200 {
            if guidance(&run).as_deref() == Some("tap-to-start") {
                break;
            }
            TimeoutFuture::new(25).await;
        }
        assert_eq!(guidance(&run).as_deref(), Some("tap-to-start"), "{source}");
        // The page has it played, at a moment when its own gestures allow that.
        let play = "delete preview.play; preview.muted = true; return preview.play()";
        Function::new_with_args("preview", play).call1(&JsValue::NULL, &preview).unwrap();
        run.until("capturing").await;
        assert_ne!(guidance(&run).as_deref(), Some("tap-to-start"), "{source}");
        run.check.cancel();
    }
}

#[wasm_bindgen_test]
async fn a_check_that_is_cancelled_because_its_camera_comes_muted_leaves_the_preview_to_the_page() {
    let muted = "Object.defineProperty(window.__stream.getVideoTracks()[0], 'muted', { value: true }); return Promise";
    fake_camera(&CANVAS_STREAM.replace("return Promise", muted));
    let own = told("window.__own = new MediaStream()");
    let preview = video();
    let check: Rc<RefCell<Option<Check>>> = Rc::default();
    let (ending, element, shown) = (check.clone(), preview.clone(), own.clone());
    let on_change = Closure::<dyn Fn(JsValue)>::new(move |view: JsValue| {
        if text(&view, "guidance").as_deref() == Some("camera-paused") {
            ending.borrow().as_ref().unwrap().cancel();
            Reflect::set(&element, &"srcObject".into(), &shown).unwrap();
            told("window.__ended = true");
        }
    });
    let function: &Function = on_change.as_ref().unchecked_ref();
    let options = object(&[("transport", "crops".into())]);
    let started = Check::new(options, preview.clone(), page(SILENT_WORKER, function)).unwrap();
    started.start();
    check.replace(Some(started));
    until("window.__ended").await;
    // Whatever follows in the same turn.
    TimeoutFuture::new(0).await;
    assert_eq!(Reflect::get(&preview, &"srcObject".into()).unwrap(), own);
    assert_eq!(live_tracks(), 0);
}
