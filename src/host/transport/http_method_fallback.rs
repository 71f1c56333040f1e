//! What is tried against something between page and gateway that lets no answer through.

/// How many crops sent by PUT may get no answer, and none any, before one is sent by POST.
const LOST_PUTS: u8 = 2;

/// By which method crops are sent. A firewall may block PUT, either with an answer of its own or by cutting the
/// connection; the gateway takes POST for the same.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct CropMethod {
    post: bool,
    /// Some crop got an answer, so the other method is not needed.
    settled: bool,
    lost_puts: u8,
}

impl CropMethod {
    /// Whether the next crop goes by POST.
    pub(super) fn is_post(self) -> bool {
        self.post || !self.settled && self.lost_puts >= LOST_PUTS
    }

    /// PUT was refused by something in between.
    pub(super) fn refuse_put(&mut self) {
        *self = Self { post: true, settled: true, lost_puts: 0 };
    }

    /// A crop was sent, and answered or not.
    pub(super) fn observe(&mut self, post: bool, answered: bool) {
        match answered {
            _ if self.settled => {}
            true => *self = Self { post, settled: true, lost_puts: 0 },
            false if post => self.lost_puts = 0,
            false => self.lost_puts = self.lost_puts.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends crops until one is answered; `passes` says whether a method gets through. Returns the methods used.
    fn send(
        method: &mut CropMethod,
        most: usize,
        passes: impl Fn(&str) -> bool,
    ) -> Vec<&'static str> {
        let mut used = Vec::new();
        for _ in 0..most {
            let post = method.is_post();
            let name = if post { "POST" } else { "PUT" };
            used.push(name);
            method.observe(post, passes(name));
            if passes(name) {
                break;
            }
        }
        used
    }

    #[test]
    fn put_is_given_up_for_post_only_if_post_gets_through() {
        let mut method = CropMethod::default();
        assert_eq!(send(&mut method, 9, |name| name == "POST"), ["PUT", "PUT", "POST"]);
        assert_eq!(send(&mut method, 9, |name| name == "POST"), ["POST"]);

        let mut method = CropMethod::default();
        let without_a_line = send(&mut method, 7, |_| false);
        assert_eq!(without_a_line, ["PUT", "PUT", "POST", "PUT", "PUT", "POST", "PUT"]);
        assert_eq!(send(&mut method, 9, |_| true), ["PUT"]);
    }

    #[test]
    fn a_method_that_once_got_through_is_kept() {
        let mut method = CropMethod::default();
        assert_eq!(send(&mut method, 1, |_| true), ["PUT"]);
        assert_eq!(send(&mut method, 4, |_| false), ["PUT"; 4]);
        method.refuse_put();
        assert_eq!(send(&mut method, 4, |_| false), ["POST"; 4]);
    }

    #[test]
    fn crops_at_once_count_together() {
        let mut method = CropMethod::default();
        for _ in 0..3 {
            method.observe(false, false);
        }
        assert!(method.is_post());
        method.observe(true, true);
        // The last of those sent by PUT fails late.
        method.observe(false, false);
        assert!(method.is_post());
    }
}
