//! The server's session grows old while its pictures are waited for.

use super::{Effect, Session, run::Run};

/// For getting into place, and for the verdict.
const AROUND_A_RUN_MS: f64 = 60_000.0;
/// For a picture that a slow line carries while the next is waited for.
const UPLOAD_MS: f64 = 1_000.0;

/// A server's session with less time left than this is given up for a new one: what a run of so many frames may take, but no
/// more than half of what a session lasts, or a new one would soon be too old as well.
pub fn least_session_left_ms(frames: u32, interval_ms: f64, lasts_ms: f64) -> f64 {
    let run_ms = f64::from(frames) * (interval_ms + UPLOAD_MS);
    (AROUND_A_RUN_MS + run_ms).min(lasts_ms / 2.0).max(AROUND_A_RUN_MS)
}

/// No session lasts longer than a day (the gateway's `--session-ttl`).
const LONGEST_SESSION_S: u64 = 24 * 3600;
/// More runs than an attempt has in a second.
const RUNS_APART: u32 = 1_000;

/// The number of an attempt's first run in a session that has so many seconds left, of whose runs the server knows this one:
/// above those of every attempt that has begun at least a second earlier. Of these the server may know nothing yet, since their
/// requests may still be on their way, but its clock goes on.
pub fn first_run_of_attempt(known_run: u32, left_s: u64) -> u32 {
    let spent_s = LONGEST_SESSION_S.saturating_sub(left_s) as u32;
    known_run.saturating_add(RUNS_APART).max(spent_s * RUNS_APART)
}

/// Two ends that are no farther apart are one session's.
const SAME_MS: f64 = 500.0;

impl Session {
    /// Notes until when the server's session accepts crops.
    pub(super) fn note_expiry(&mut self, expires_in_ms: f64) {
        let expires_ms = self.now_ms + expires_in_ms;
        let is_same = (expires_ms - self.expires_ms).abs() < SAME_MS;
        self.expires_ms = expires_ms;
        // One that is taken up again is as old as before. If it is too old for that, there is no other to ask for.
        if !is_same || self.is_old() {
            self.opened_ms = self.now_ms;
        }
    }

    fn is_old(&self) -> bool {
        let left_ms = self.expires_ms - self.now_ms;
        let (interval_ms, lasts_ms) = (self.config.interval_ms(), self.expires_ms - self.opened_ms);
        let least_ms = least_session_left_ms(self.run.frames(), interval_ms, lasts_ms);
        let is_over = left_ms <= 0.0 && self.expires_ms > self.opened_ms;
        is_over || left_ms < least_ms && self.now_ms - self.opened_ms > least_ms
    }

    /// Whether the server's session has become too old for a run while its pictures were waited for.
    pub(super) fn is_stale(&self) -> bool {
        self.run.is_open() && self.is_old()
    }

    /// Has the transport opened anew, before anything is sent.
    pub(super) fn renew(&mut self) {
        self.effects.push(Effect::AbortTransport { run: self.run.id });
        self.run = Run::new(self.run.id.wrapping_add(1));
        self.open_transport();
    }
}
