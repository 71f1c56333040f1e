//! How often somebody may ask: counts for keys, tenants and client addresses, bounded in memory.
//!
//! This is the generic cell rate algorithm: all that is kept of each is when its allowance will be full again.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use liveness_protocol::ErrorCode;

use super::error::ApiError;
use super::keys::KeyId;
use super::tenants::TenantId;

/// For how many of a kind counts are kept apart. All that come beyond share one count, until the allowances of earlier
/// ones are whole again and they are forgotten.
const MOST_APART: usize = 100_000;

const MINUTE: Duration = Duration::from_secs(60);

/// How often one address may try to sign in to the operator's page in a minute.
const SIGN_INS: PerMinute = PerMinute::new(10).unwrap();

/// What a tenant's events may take in the audit log in a minute, in units of [`EVENT_UNIT`]: 512 kB.
const EVENTS: PerMinute = PerMinute::new(2048).unwrap();

/// Bytes.
const EVENT_UNIT: usize = 256;

/// How often to look whom can be forgotten, at the most.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Requests per minute; as many may come at once as in a minute.
pub type PerMinute = NonZeroU32;

/// Too many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests: the next is taken after {after:?}")]
pub struct TooMany {
    /// When the next one is taken.
    pub after: Duration,
}

impl From<TooMany> for ApiError {
    fn from(TooMany { after }: TooMany) -> Self {
        // In the documented words; a person is told what the page makes of the code.
        let message = "Rate limit exceeded. Please try again later.";
        Self::with_message(ErrorCode::RateLimitExceeded, message).retry_after(Some(after))
    }
}

/// Takes a request that counts for `weight` of them, if so many are left of an allowance that will be whole at
/// `whole_at`. Times count from any moment, and never go back.
fn take(
    whole_at: &mut Duration,
    rate: PerMinute,
    weight: u32,
    now: Duration,
) -> Result<(), TooMany> {
    let then = (*whole_at).max(now) + MINUTE / rate.get() * weight;
    match then.checked_sub(now + MINUTE) {
        Some(after) if !after.is_zero() => Err(TooMany { after }),
        _ => {
            *whole_at = then;
            Ok(())
        }
    }
}

/// A count for each of many.
struct Apart<K> {
    most: usize,
    counts: Mutex<Counts<K>>,
}

struct Counts<K> {
    /// When each one's allowance will be whole; under no name, that of all beyond the most.
    whole_at: HashMap<Option<K>, Duration>,
    swept_at: Duration,
}

impl<K: Hash + Eq> Apart<K> {
    fn new(most: usize) -> Self {
        let counts = Counts { whole_at: HashMap::new(), swept_at: Duration::ZERO };
        Self { most, counts: Mutex::new(counts) }
    }

    fn take(&self, who: K, rate: PerMinute, weight: u32, now: Duration) -> Result<(), TooMany> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut who = Some(who);
        if counts.whole_at.len() >= self.most && !counts.whole_at.contains_key(&who) {
            if now >= counts.swept_at + SWEEP_EVERY {
                counts.whole_at.retain(|_, whole_at| *whole_at > now);
                counts.swept_at = now;
            }
            if counts.whole_at.len() >= self.most {
                who = None;
            }
        }
        take(counts.whole_at.entry(who).or_default(), rate, weight, now)
    }
}

/// The limits; what is not set is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateSettings {
    /// Requests to each of the endpoints that decide a check without a session: of one key, or of one address without a key.
    pub checks: Option<PerMinute>,
    /// All requests of one address.
    pub requests: Option<PerMinute>,
}

/// An endpoint's path.
type Path = &'static str;

/// The counts.
pub struct Rates {
    settings: RateSettings,
    start: Instant,
    by_key: Apart<(KeyId, Path)>,
    checks_by_address: Apart<(IpAddr, Path)>,
    by_address: Apart<IpAddr>,
    by_tenant: Apart<TenantId>,
    sign_ins: Apart<IpAddr>,
    events: Apart<TenantId>,
}

impl Rates {
    /// Nobody has asked yet.
    pub fn new(settings: RateSettings) -> Self {
        Self {
            settings,
            start: Instant::now(),
            by_key: Apart::new(MOST_APART),
            checks_by_address: Apart::new(MOST_APART),
            by_address: Apart::new(MOST_APART),
            by_tenant: Apart::new(MOST_APART),
            sign_ins: Apart::new(MOST_APART),
            events: Apart::new(MOST_APART),
        }
    }

    /// Takes a request of one of many, unless nothing limits them.
    fn count<K: Hash + Eq>(
        &self,
        counts: &Apart<K>,
        who: K,
        rate: Option<PerMinute>,
    ) -> Result<(), TooMany> {
        rate.map_or(Ok(()), |rate| counts.take(who, rate, 1, self.start.elapsed()))
    }

    /// Counts a request of a client.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn request(&self, client: IpAddr) -> Result<(), TooMany> {
        self.count(&self.by_address, client, self.settings.requests)
    }

    /// Counts a check that somebody without a key asks an endpoint for.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn check_of_address(&self, client: IpAddr, endpoint: Path) -> Result<(), TooMany> {
        self.count(&self.checks_by_address, (client, endpoint), self.settings.checks)
    }

    /// Counts a check that an endpoint is asked for with a key.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn check_of_key(&self, key: KeyId, endpoint: Path) -> Result<(), TooMany> {
        self.count(&self.by_key, (key, endpoint), self.settings.checks)
    }

    /// Counts an event that a tenant's back end adds to the audit log, by what it takes there.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn event_of_tenant(&self, tenant: &TenantId, bytes: usize) -> Result<(), TooMany> {
        let units = u32::try_from(bytes.div_ceil(EVENT_UNIT)).unwrap_or(u32::MAX);
        self.events.take(tenant.clone(), EVENTS, units.min(EVENTS.get()), self.start.elapsed())
    }

    /// Counts an attempt to sign in to the operator's page.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn sign_in(&self, client: IpAddr) -> Result<(), TooMany> {
        self.count(&self.sign_ins, client, Some(SIGN_INS))
    }

    /// Counts a check of a tenant whose keys may ask for this many together.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn check_of_tenant(
        &self,
        tenant: &TenantId,
        rate: Option<PerMinute>,
    ) -> Result<(), TooMany> {
        self.count(&self.by_tenant, tenant.clone(), rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rate(per_minute: u32) -> PerMinute {
        PerMinute::new(per_minute).unwrap()
    }

    #[test]
    fn what_weighs_more_uses_more_of_the_minute() {
        let mut whole_at = Duration::ZERO;
        let mut take = |weight: u32, seconds: u64| {
            take(&mut whole_at, rate(6), weight, Duration::from_secs(seconds))
        };
        assert_eq!(take(4, 0), Ok(()));
        assert_eq!(take(4, 0), Err(TooMany { after: 20 * SECOND }));
        assert_eq!(take(2, 0), Ok(()));
        assert_eq!(take(6, 59), Err(TooMany { after: SECOND }));
        assert_eq!(take(6, 60), Ok(()));
    }

    #[test]
    fn a_tenants_events_are_counted_by_their_size() {
        let rates = Rates::new(RateSettings::default());
        let [flood, other] = ["flood", "other"].map(|id| id.parse::<TenantId>().unwrap());
        let taken = (0..1000).take_while(|_| rates.event_of_tenant(&flood, 50_000).is_ok()).count();
        assert!((10..=11).contains(&taken), "{taken}");
        assert_eq!(rates.event_of_tenant(&other, usize::MAX), Ok(()));
        assert!(rates.event_of_tenant(&other, 1).is_err());
    }

    #[test]
    fn as_many_come_at_once_as_in_a_minute_and_then_one_by_one() {
        let mut whole_at = Duration::ZERO;
        let mut take =
            |seconds: f64| take(&mut whole_at, rate(3), 1, Duration::from_secs_f64(seconds));
        for _ in 0..3 {
            assert_eq!(take(100.0), Ok(()));
        }
        assert_eq!(take(100.0), Err(TooMany { after: 20 * SECOND }));
        assert_eq!(take(119.0), Err(TooMany { after: SECOND }), "to be refused costs nothing");
        assert_eq!(take(120.0), Ok(()));
        assert_eq!(take(120.0), Err(TooMany { after: 20 * SECOND }));
        for _ in 0..3 {
            assert_eq!(take(1000.0), Ok(()), "no more is saved up than a minute's");
        }
        assert!(take(1000.0).is_err());
    }

    #[test]
    fn each_has_a_count_of_its_own() {
        let rates = Rates::new(RateSettings { checks: Some(rate(2)), requests: Some(rate(3)) });
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let taken =
            |take: &dyn Fn() -> Result<(), TooMany>| (0..9).filter(|_| take().is_ok()).count();
        for endpoint in ["/one", "/other"] {
            assert_eq!(taken(&|| rates.check_of_key(KeyId(1), endpoint)), 2);
            assert_eq!(taken(&|| rates.check_of_key(KeyId(2), endpoint)), 2);
            assert_eq!(taken(&|| rates.check_of_address(address(1), endpoint)), 2);
        }
        assert_eq!(taken(&|| rates.request(address(1))), 3);
        assert_eq!(taken(&|| rates.request(address(2))), 3);
        let [shop, other] = ["shop", "other"].map(|id| id.parse::<TenantId>().unwrap());
        assert_eq!(taken(&|| rates.check_of_tenant(&shop, Some(rate(4)))), 4);
        assert_eq!(taken(&|| rates.check_of_tenant(&other, Some(rate(1)))), 1);
        assert_eq!(taken(&|| rates.check_of_tenant(&shop, None)), 9);
        let free = Rates::new(RateSettings::default());
        assert_eq!(
            taken(&|| free.check_of_key(KeyId(1), "/one")),
            9,
            "what is not set is not limited"
        );
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let error = ApiError::from(TooMany { after: SECOND });
        assert_eq!(error.code, ErrorCode::RateLimitExceeded);
        assert_eq!(error.retry_after, Some(SECOND));
    }

    #[test]
    fn counts_are_bounded_in_number() {
        let apart = Apart::new(10);
        let len = || apart.counts.lock().unwrap().whole_at.len();
        let taken = |keys: std::ops::Range<u32>, now| {
            keys.filter(|key| apart.take(*key, rate(2), 1, now).is_ok()).count()
        };
        assert_eq!(taken(0..10, SECOND), 10);
        // Whoever comes now shares one count with the others who do.
        assert_eq!((taken(10..1000, 2 * SECOND), len()), (2, 11));
        assert_eq!(taken(0..10, 2 * SECOND), 10, "those who were there have their own");
        // A minute later all allowances are whole.
        assert_eq!((taken(2000..2010, 62 * SECOND), len()), (10, 10));
    }
}
