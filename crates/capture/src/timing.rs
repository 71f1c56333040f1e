//! Time limits that can be paused.

/// A limit on the time spent on something: a stopwatch that can be paused and reset.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Budget {
    limit_ms: f64,
    used_ms: f64,
    running_since: Option<f64>,
}

impl Budget {
    pub(crate) const fn new(limit_ms: f64) -> Self {
        Self { limit_ms, used_ms: 0.0, running_since: None }
    }

    /// Starts or pauses it; does nothing if it already is running or paused.
    pub(crate) fn run_if(&mut self, running: bool, now_ms: f64) {
        match (running, self.running_since) {
            (true, None) => self.running_since = Some(now_ms),
            (false, Some(since)) => {
                self.used_ms += now_ms - since;
                self.running_since = None;
            }
            _ => {}
        }
    }

    /// Counts from zero again, running or paused as before.
    pub(crate) fn reset(&mut self, now_ms: f64) {
        self.used_ms = 0.0;
        self.running_since = self.running_since.map(|_| now_ms);
    }

    /// Counts this much at once.
    pub(crate) fn spend(&mut self, ms: f64) {
        self.used_ms += ms;
    }

    /// Sees to it that this much is left; whether that took anything.
    pub(crate) fn leave(&mut self, ms: f64, now_ms: f64) -> bool {
        let running_ms = self.running_since.map_or(0.0, |since| now_ms - since);
        let most_used_ms = (self.limit_ms - ms).max(0.0);
        let is_short = self.used_ms + running_ms > most_used_ms;
        if is_short {
            self.used_ms = most_used_ms - running_ms;
        }
        is_short
    }

    /// Whether it was used up before it last began to run, or by what was spent.
    pub(crate) fn is_spent(&self) -> bool {
        self.used_ms >= self.limit_ms
    }

    /// When the budget will be used up, if it is running; possibly in the past.
    pub(crate) fn deadline_ms(&self) -> Option<f64> {
        self.running_since.map(|since| since + (self.limit_ms - self.used_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn counts_only_while_running() {
        let mut budget = Budget::new(100.0);
        assert_eq!(budget.deadline_ms(), None);
        budget.run_if(true, 10.0);
        budget.run_if(true, 20.0);
        assert_eq!(budget.deadline_ms(), Some(110.0));
        budget.run_if(false, 40.0);
        budget.run_if(false, 70.0);
        assert_eq!(budget.deadline_ms(), None);
        budget.run_if(true, 1_000.0);
        assert_eq!(budget.deadline_ms(), Some(1_070.0));
        budget.reset(1_050.0);
        assert_eq!(budget.deadline_ms(), Some(1_150.0));
        budget.run_if(false, 1_060.0);
        budget.reset(1_070.0);
        assert_eq!(budget.deadline_ms(), None);
        budget.run_if(true, 2_000.0);
        assert_eq!(budget.deadline_ms(), Some(2_100.0));
        budget.spend(99.0);
        assert_eq!(budget.deadline_ms(), Some(2_001.0));
        assert!(!budget.is_spent());
        budget.spend(1.0);
        assert!(budget.is_spent());
    }

    #[test]
    fn what_is_left_can_be_raised_but_not_beyond_the_limit() {
        let mut budget = Budget::new(100.0);
        budget.run_if(true, 0.0);
        assert!(!budget.leave(20.0, 80.0));
        assert_eq!(budget.deadline_ms(), Some(100.0));
        assert!(budget.leave(20.0, 150.0));
        assert_eq!(budget.deadline_ms(), Some(170.0));
        budget.run_if(false, 160.0);
        assert!(budget.leave(500.0, 1_000.0));
        budget.run_if(true, 1_000.0);
        assert_eq!(budget.deadline_ms(), Some(1_100.0));
    }
}
