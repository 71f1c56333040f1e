//! How many uploads may be on their way at once.

/// Concurrent uploads on a fast line.
const WIDEST: u32 = 3;
/// If an upload takes longer than this, too many share the line.
const SLOW_MS: f64 = 3_000.0;
/// If it takes less than this, there is room for another.
const FAST_MS: f64 = 1_000.0;

/// Concurrent uploads hide latency. On a slow line they only divide its bandwidth until each of them runs
/// into its own time limit, so there crops are uploaded one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadWindow {
    width: u32,
}

impl Default for UploadWindow {
    fn default() -> Self {
        Self { width: WIDEST }
    }
}

impl UploadWindow {
    /// How many uploads may be on their way at once.
    pub const fn width(self) -> u32 {
        self.width
    }

    /// An attempt has ended after `took_ms`; `answered` is false if no answer came.
    pub fn observe(&mut self, took_ms: f64, answered: bool) {
        if !answered || took_ms >= SLOW_MS {
            self.width = 1;
        } else if took_ms <= FAST_MS {
            self.width = (self.width + 1).min(WIDEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrows_at_once_and_widens_step_by_step() {
        let mut window = UploadWindow::default();
        assert_eq!(window.width(), 3);
        window.observe(2_000.0, true);
        assert_eq!(window.width(), 3);
        window.observe(3_000.0, true);
        assert_eq!(window.width(), 1);
        window.observe(1_500.0, true);
        assert_eq!(window.width(), 1, "neither slow nor fast");
        window.observe(200.0, true);
        assert_eq!(window.width(), 2);
        window.observe(200.0, false);
        assert_eq!(window.width(), 1, "a lost connection narrows it, however soon");
        for _ in 0..9 {
            window.observe(10.0, true);
        }
        assert_eq!(window.width(), 3);
    }
}
