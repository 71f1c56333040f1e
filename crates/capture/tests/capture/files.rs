//! Which pictures a video file gives depends on the file, not on the machine: sessions with a simulated player, in
//! simulated time.

use crate::common::player::Player;
use crate::common::{HEIGHT, Sim, WIDTH, frame, good_face, opened};
use liveness_capture_core::playback::{Command, OVERDUE_MS, Playback};
use liveness_capture_core::{Effect, Event, FailureCode, SessionConfig, SourceKind, State};
use proptest::prelude::*;

/// How slow everything else is, in milliseconds.
#[derive(Debug, Clone, Copy)]
struct Machine {
    analysis_ms: f64,
    server_ms: f64,
    seek_ms: f64,
}

struct Outcome {
    sim: Sim,
    player: Player,
    /// The times of the pictures taken.
    taken: Vec<f64>,
}

impl Outcome {
    fn gaps(&self) -> Vec<f64> {
        self.taken.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

const PICTURES: u32 = 30;

/// A check of a file with a good face in every frame, until the pictures are taken or the check has failed.
fn check(config: SessionConfig, mut player: Player, machine: Machine) -> Outcome {
    let mut playback = Playback::new(config.interval_ms());
    let mut sim = Sim::new(config);
    sim.rules.frames_required = Some(PICTURES);
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    let mut handled = 0;
    let mut taken = Vec::new();
    let (mut analysed, mut open, mut sought) = (None, None, None);
    for _ in 0..600_000 {
        // What the session has asked for.
        while handled < sim.log.len() {
            let effect = sim.log[handled].clone();
            handled += 1;
            match effect {
                // A run that has broken begins with index 0 again.
                Effect::TakeCrop { index, timestamp_ms, .. } => {
                    taken.truncate(index as usize);
                    taken.push(timestamp_ms);
                }
                Effect::OpenTransport { run } => open = Some((sim.now + machine.server_ms, run)),
                Effect::AnalyseNext { not_before_ms } => {
                    let command = playback.request(not_before_ms, !player.playing);
                    obey(
                        command,
                        &mut player,
                        &mut playback,
                        &mut sim,
                        &mut analysed,
                        &mut sought,
                        machine,
                    );
                }
                _ => {}
            }
        }
        if taken.len() as u32 == PICTURES || sim.session.told_state().is_terminal() {
            return Outcome { sim, player, taken };
        }
        sim.pass(1.0);
        let (shown, ends) = player.pass();
        let mut commands = Vec::new();
        if let Some((at, time)) = sought
            && sim.now >= at
        {
            sought = None;
            commands.push(playback.sought(time));
        }
        commands.extend(shown.map(|time| playback.presented(time)));
        if player.playing && player.since_shown_ms == f64::from(OVERDUE_MS) {
            commands.push(playback.overdue());
        }
        if ends {
            commands.push(playback.ended());
        }
        for command in commands {
            obey(
                command,
                &mut player,
                &mut playback,
                &mut sim,
                &mut analysed,
                &mut sought,
                machine,
            );
        }
        if let Some((at, time)) = analysed
            && sim.now >= at
        {
            analysed = None;
            sim.send(Event::FrameAnalysed(frame(time, vec![good_face()])));
        }
        if let Some((at, run)) = open
            && sim.now >= at
        {
            open = None;
            sim.send(opened(run, PICTURES));
        }
    }
    panic!("the check never ended: {:?}", sim.session.told_state());
}

type Later<T> = Option<(f64, T)>;

/// What the host does with a command.
fn obey(
    command: Command,
    player: &mut Player,
    playback: &mut Playback,
    sim: &mut Sim,
    analysed: &mut Later<f64>,
    sought: &mut Later<f64>,
    machine: Machine,
) {
    match command {
        Command::Wait => {}
        Command::Play { .. } if player.ended => {
            let command = playback.ended();
            obey(command, player, playback, sim, analysed, sought, machine);
        }
        Command::Play { rate } => (player.playing, player.rate) = (true, rate),
        Command::Pause => {
            player.still_to_come = player.pause_latency;
            player.playing = false;
        }
        Command::Seek { to_ms } => *sought = Some((sim.now + machine.seek_ms, player.seek(to_ms))),
        Command::Deliver { timestamp_ms } => {
            assert!(analysed.is_none(), "two frames at once");
            *analysed = Some((sim.now + machine.analysis_ms, timestamp_ms));
        }
        Command::End => {
            sim.send(Event::SourceEnded);
        }
    }
}

fn config() -> SessionConfig {
    SessionConfig { source: SourceKind::Media, ..SessionConfig::default() }
}

const FAST: Machine = Machine { analysis_ms: 15.0, server_ms: 20.0, seek_ms: 30.0 };

fn assert_taken(outcome: &Outcome) {
    let Outcome { sim, taken, player, .. } = outcome;
    assert_eq!(sim.failure(), None, "after {} pictures, {player:?}", taken.len());
    assert_eq!(taken.len() as u32, PICTURES);
}

#[test]
fn a_file_on_a_fast_machine_just_plays() {
    let outcome = check(config(), Player::new(30.0, 4_000.0), FAST);
    assert_taken(&outcome);
    assert_eq!(outcome.player.searches, 0);
    assert!(outcome.gaps().iter().all(|gap| (gap - 100.0).abs() < 1.0), "{:?}", outcome.gaps());
    assert!(outcome.taken[0] < 200.0);
    // As fast as it was recorded.
    assert!((outcome.sim.now - 1_000.0 - outcome.taken[29]).abs() < 200.0);
}

#[test]
fn however_slow_the_machine_a_file_gives_the_same_pictures() {
    for analysis_ms in [15.0, 60.0, 250.0, 1_500.0, 6_000.0] {
        for server_ms in [20.0, 3_000.0, 20_000.0] {
            for pause_latency in [0, 1, 3] {
                let player = Player { pause_latency, ..Player::new(30.0, 3_500.0) };
                let outcome = check(config(), player, Machine { analysis_ms, server_ms, ..FAST });
                assert_taken(&outcome);
                let gaps = outcome.gaps();
                let even = gaps.iter().all(|gap| (gap - 100.0).abs() < 41.0);
                assert!(even, "{analysis_ms} ms, latency {pause_latency}: {gaps:?}");
            }
        }
    }
}

#[test]
fn a_browser_that_decodes_slowly_gives_them_too() {
    for decode_ms in [70.0, 300.0, 900.0] {
        let outcome = check(config(), Player { decode_ms, ..Player::new(30.0, 4_000.0) }, FAST);
        assert_taken(&outcome);
        assert!(
            outcome.gaps().iter().all(|gap| (50.0..170.0).contains(gap)),
            "{decode_ms}: {:?}",
            outcome.gaps()
        );
    }
}

#[test]
fn times_may_differ_from_positions() {
    // As of B-frames in WebKitGTK, and of Firefox after a search.
    for (offset_ms, relabels) in [(66.7, false), (0.0, true)] {
        let player = Player {
            offset_ms,
            relabels,
            decode_ms: 300.0,
            pause_latency: 1,
            ..Player::new(30.0, 4_000.0)
        };
        let outcome = check(config(), player, Machine { analysis_ms: 200.0, ..FAST });
        assert_taken(&outcome);
        assert!(
            outcome.gaps().iter().all(|gap| (50.0..210.0).contains(gap)),
            "{:?}",
            outcome.gaps()
        );
    }
}

#[test]
fn files_of_any_rate_and_uneven_ones() {
    for fps in [8.0, 12.0, 15.0, 24.0, 25.0, 29.97, 50.0, 60.0, 120.0] {
        for analysis_ms in [15.0, 300.0] {
            let outcome =
                check(config(), Player::new(fps, 6_500.0), Machine { analysis_ms, ..FAST });
            assert_taken(&outcome);
        }
    }
    let mut player = Player::new(30.0, 6_000.0);
    // Every other tenth of a second has one frame only.
    player.frames.retain(|at| (at % 200.0) < 100.0 || (at % 100.0) < 1.0);
    assert_taken(&check(config(), player, Machine { analysis_ms: 300.0, ..FAST }));
}

#[test]
fn a_file_that_cannot_be_searched_waits() {
    // The browser stays where it is, or goes to the end.
    for goes_to in [0.0, 3_900.0] {
        let player = Player { goes_to: Some(goes_to), ..Player::new(30.0, 4_000.0) };
        let outcome = check(config(), player, Machine { analysis_ms: 400.0, ..FAST });
        assert_taken(&outcome);
        assert_eq!(outcome.player.searches, 0);
    }
    // A search that never ends or goes astray happens once.
    let mut playback = Playback::new(100.0);
    for time in [0.0, 33.0] {
        playback.request(None, true);
        assert_eq!(playback.presented(time), Command::Deliver { timestamp_ms: time });
    }
    playback.request(Some(100.0), true);
    assert!(matches!(playback.presented(900.0), Command::Seek { .. }));
    let mut astray = playback.clone();
    assert_eq!(playback.seek_failed(), Command::Play { rate: 0.5 });
    assert_eq!(playback.presented(933.0), Command::Deliver { timestamp_ms: 933.0 });
    assert_eq!(astray.sought(3_333.0), Command::Deliver { timestamp_ms: 3_333.0 });
    astray.request(Some(3_400.0), true);
    assert_eq!(astray.presented(5_000.0), Command::Deliver { timestamp_ms: 5_000.0 });
}

#[test]
fn a_browser_that_stops_showing_frames_is_woken_by_a_search() {
    for hangs_after in [1, 7, 40] {
        for analysis_ms in [15.0, 250.0] {
            let player = Player { hangs_after: Some(hangs_after), ..Player::new(30.0, 4_000.0) };
            let outcome = check(config(), player, Machine { analysis_ms, ..FAST });
            assert_taken(&outcome);
            assert!(outcome.gaps().iter().all(|gap| (gap - 100.0).abs() < 40.0));
        }
    }
    // Nobody waits for a frame, or a search is under way already.
    let mut playback = Playback::new(100.0);
    assert_eq!(playback.overdue(), Command::Wait);
    playback.request(None, true);
    assert!(matches!(playback.overdue(), Command::Seek { .. }));
    assert_eq!(playback.overdue(), Command::Wait);
    assert_eq!(playback.seek_failed(), Command::Play { rate: 1.0 });
    assert_eq!(playback.overdue(), Command::Wait, "it cannot be searched");
}

#[test]
fn a_file_that_is_too_short_is_too_short_on_every_machine() {
    for analysis_ms in [15.0, 700.0] {
        for starts_over in [false, true] {
            let player = Player { starts_over, ..Player::new(30.0, 2_500.0) };
            let outcome = check(config(), player, Machine { analysis_ms, ..FAST });
            assert_eq!(outcome.sim.failure(), Some(FailureCode::MediaTooShort));
            assert!(outcome.taken.len() >= 24, "{}", outcome.taken.len());
        }
    }
}

#[test]
fn nothing_is_decided_while_the_server_is_awaited_but_it_has_a_limit() {
    let outcome = check(config(), Player::new(30.0, 4_000.0), Machine { server_ms: 1e9, ..FAST });
    assert_eq!(outcome.sim.failure(), Some(FailureCode::RequestTimeout));
    let waited_ms = outcome.sim.now - 1_000.0 - config().positioning_timeout_ms;
    assert!((0.0..150.0).contains(&waited_ms), "{waited_ms}");
    assert!(outcome.player.position_ms < 300.0, "the file waits");
}

#[test]
fn a_minute_without_a_face_is_a_minute_of_the_file() {
    let mut sim = Sim::ready(config(), PICTURES);
    let mut time = 0.0;
    while sim.failure().is_none() {
        time += 100.0;
        // A slow machine.
        sim.pass(2_000.0);
        sim.send(Event::FrameAnalysed(frame(time, vec![])));
    }
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
    assert_eq!(time, config().positioning_timeout_ms + 100.0);
}

#[test]
fn a_page_that_is_hidden_while_a_file_waits_goes_on_when_it_is_shown() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    let mut look = |time| sim.send(Event::FrameAnalysed(frame(time, vec![good_face()])));
    let goes_on =
        |effects: &[Effect]| effects.contains(&Effect::AnalyseNext { not_before_ms: None });
    assert!(goes_on(&look(0.0)) && goes_on(&look(33.0)));
    assert!(!goes_on(&look(66.0)), "the file waits");
    sim.send(Event::PageHidden);
    sim.open(0, PICTURES);
    assert_eq!(sim.session.told_state(), State::Positioning);
    assert!(goes_on(&sim.send(Event::PageVisible)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Any file long enough, on any machine and in any of these browsers.
    #[test]
    fn every_file_long_enough_gives_its_pictures(
        fps in 10.0..60.0_f64,
        target_fps in 4.0..15.0_f64,
        analysis_ms in 1.0..2_000.0_f64,
        server_ms in 1.0..5_000.0_f64,
        seek_ms in 1.0..2_000.0_f64,
        pause_latency in 0_u32..3,
        decode_ms in 0.0..400.0_f64,
        offset_ms in prop_oneof![Just(0.0), 0.0..80.0_f64],
        relabels in any::<bool>(),
    ) {
        let config = SessionConfig { target_fps, ..config() };
        let length_ms = 1.5 * f64::from(PICTURES) * config.interval_ms().max(1000.0 / fps) + 1_500.0;
        let offset_ms = if relabels { 0.0 } else { offset_ms };
        let player = Player { pause_latency, decode_ms, offset_ms, relabels, ..Player::new(fps, length_ms) };
        let outcome = check(config, player, Machine { analysis_ms, server_ms, seek_ms });
        prop_assert_eq!(outcome.sim.failure(), None, "{} pictures, {:?}", outcome.taken.len(), outcome.taken);
        prop_assert_eq!(outcome.taken.len() as u32, PICTURES);
    }
}
