//! How long connections may take, and how much.

use std::time::Duration;

/// How long answers that are complete may take to be written out once nothing else is left to do.
pub const FLUSH: Duration = Duration::from_secs(3);

/// What one address may have of so many connections: a quarter.
const fn share(total: usize) -> usize {
    let quarter = total / 4;
    if quarter == 0 { 1 } else { quarter }
}

/// Limits of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// At once, over all clients.
    pub total: usize,
    /// At once from one address; of IPv6 from one /64.
    pub per_address: usize,
    /// For a TLS handshake.
    pub handshake: Duration,
    /// From the first look for a request until its head is whole. A connection that idles has as long.
    pub head: Duration,
    /// Without a byte arriving, whatever is awaited.
    pub read: Duration,
    /// Without a byte leaving, while there are some to send.
    pub write: Duration,
    /// Bytes of a head, which has 100 header lines at most.
    pub head_bytes: usize,
}

impl ConnectionLimits {
    /// The same with no more connections than these; one address may have a quarter of what there are.
    pub fn at_most(self, total: usize) -> Self {
        let total = self.total.min(total);
        Self { total, per_address: self.per_address.min(share(total)), ..self }
    }

    /// Those for this many connections; one address may have a quarter of them.
    pub const fn new(total: usize) -> Self {
        Self {
            total,
            per_address: share(total),
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(30),
            // Longer than any check takes.
            read: Duration::from_secs(120),
            write: Duration::from_secs(30),
            head_bytes: 64 * 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_than_a_quarter_however_few_there_are() {
        for configured in [1, 3, 4, 100, 8192] {
            for most in [1, 3, 32, 100, 10_000] {
                let limits = ConnectionLimits::new(configured).at_most(most);
                assert_eq!(limits.total, configured.min(most));
                let quarter = (limits.total / 4).max(1);
                assert_eq!(limits.per_address, quarter, "{configured}, {most}");
            }
        }
    }
}
