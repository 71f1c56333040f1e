//! How long connections may take, and how much.

use std::time::Duration;

/// How long answers that are complete may take to be written out once nothing else is left to do.
pub const FLUSH: Duration = Duration::from_secs(3);

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
    /// Those for this many connections; one address may have a quarter of them.
    pub const fn new(total: usize) -> Self {
        let quarter = total / 4;
        Self {
            total,
            per_address: if quarter == 0 { 1 } else { quarter },
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(30),
            // Longer than any check takes.
            read: Duration::from_secs(120),
            write: Duration::from_secs(30),
            head_bytes: 64 * 1024,
        }
    }
}
