//! The server's session grows old while its pictures are waited for.

use super::{Effect, Session, run::Run};

/// A server's session with less time left than this is given up for a new one.
pub const LEAST_SESSION_LEFT_MS: f64 = 60_000.0;
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
        let is_over = left_ms <= 0.0 && self.expires_ms > self.opened_ms;
        is_over
            || left_ms < LEAST_SESSION_LEFT_MS
                && self.now_ms - self.opened_ms > LEAST_SESSION_LEFT_MS
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
