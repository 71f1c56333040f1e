//! The flags that limit how often somebody may ask.

use clap::Args;

use crate::domain::rates::{PerMinute, RateSettings};

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct RateFlags {
    /// How many checks without a session one key may ask each endpoint for in a minute, or one address without a key. 0 for no limit.
    #[arg(long, env = "LIVENESS_RATE_LIMIT_PER_MINUTE", default_value_t = 240, value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub rate_limit_per_minute: u32,

    /// How many requests one client address (of IPv6 one /64) may make in a minute. 0 for no limit.
    #[arg(long, env = "LIVENESS_ADDRESS_LIMIT_PER_MINUTE", default_value_t = 6000, value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub address_limit_per_minute: u32,

    /// How many proxies stand between clients and the gateway, whose `X-Forwarded-For` or `Forwarded` is believed. Requests in which the
    /// two name different clients, or one names none that can be read, share one client's limits, and the log warns: let the proxies
    /// remove the one that they do not write.
    #[arg(long, env = "LIVENESS_TRUSTED_PROXIES", default_value_t = 0, value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(0..=16))]
    pub trusted_proxies: u32,
}

impl RateFlags {
    /// The limits.
    pub const fn settings(&self) -> RateSettings {
        RateSettings {
            checks: PerMinute::new(self.rate_limit_per_minute),
            requests: PerMinute::new(self.address_limit_per_minute),
        }
    }
}
