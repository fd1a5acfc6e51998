//! How often somebody may do something. Counted in memory and by keyed hashes: nothing here names a person or an address,
//! and nothing is left of it after a restart. Each process counts for itself.

use std::num::NonZeroU32;

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, Reference as _},
    middleware::NoOpMiddleware,
    nanos::Nanos,
    state::keyed::HashMapStateStore,
};

use crate::{
    clock::Clock,
    config::LimitConfig,
    error::{Error, Result},
};

/// How many links to sign in one place is sent at once for one address, and how many in an hour: whoever asks more often has
/// the links already, or another's address.
const LINKS_AT_ONCE: NonZeroU32 = NonZeroU32::new(5).unwrap();
const LINKS_PER_HOUR: NonZeroU32 = NonZeroU32::new(30).unwrap();

/// The quotas of the service.
pub struct Limits {
    /// Comments and submissions, by the address their author types.
    pub contributions: Limit,
    /// Changes by whoever has no office: by origin, or by account.
    pub writes: Limit,
    /// Links to sign in, by the origin of whoever asks.
    pub sign_ins: Limit,
    /// Links to sign in that one place asks for for one address: others still get theirs.
    pub links: Limit,
    /// What queries cost, by account or by origin.
    pub queries: Limit,
    /// Receipts that are opened, by origin.
    pub receipts: Limit,
    /// Files that are announced, by origin.
    pub files: Limit,
    /// Reports of comments, by person and by origin.
    pub reports: Limit,
}

impl Limits {
    /// The quotas as configured.
    pub fn new(config: &LimitConfig, clock: &Clock) -> Self {
        Self {
            contributions: Limit::per_hour(config.contributions_per_hour, clock),
            writes: Limit::per_hour(config.writes_per_hour, clock),
            sign_ins: Limit::per_hour(config.sign_ins_per_hour, clock),
            links: Limit::new(Quota::per_hour(LINKS_PER_HOUR).allow_burst(LINKS_AT_ONCE), clock),
            queries: Limit::new(Quota::per_minute(config.query_cost_per_minute), clock),
            receipts: Limit::per_hour(config.receipts_per_hour, clock),
            files: Limit::per_hour(config.files_per_hour, clock),
            reports: Limit::per_hour(config.reports_per_hour, clock),
        }
    }

    /// Forgets everybody whose quota is whole again.
    pub fn forget_the_past(&self) {
        let Self { contributions, writes, sign_ins, links, queries, receipts, files, reports } = self;
        for limit in [contributions, writes, sign_ins, links, queries, receipts, files, reports] {
            limit.limiter.retain_recent();
            limit.limiter.shrink_to_fit();
        }
    }
}

/// The clock of the house as the limiter reads one.
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().timestamp_micros()).unwrap_or(0).saturating_mul(1_000))
    }
}

/// One quota, kept for each key apart.
pub struct Limit {
    limiter: RateLimiter<Vec<u8>, HashMapStateStore<Vec<u8>>, Ticks, NoOpMiddleware<Nanos>>,
    clock: Ticks,
}

impl Limit {
    fn new(quota: Quota, clock: &Clock) -> Self {
        let limiter = RateLimiter::hashmap_with_clock(quota, Ticks(clock.clone()));
        Self { limiter, clock: Ticks(clock.clone()) }
    }

    /// So many at once, and one more whenever that part of an hour has passed.
    fn per_hour(times: NonZeroU32, clock: &Clock) -> Self {
        Self::new(Quota::per_hour(times), clock)
    }

    /// Counts one more for this key; `RateLimited` where it has had its share, with `what` was too much in a sentence.
    pub fn count(&self, key: &[u8], what: &str) -> Result<()> {
        self.limiter.check_key(&key.to_vec()).map_err(|until| self.refused(until.earliest_possible(), what))
    }

    /// Counts `cost` more at once, in the same way. What alone costs more than the whole quota is refused as if it were
    /// used up.
    pub fn spend(&self, key: &[u8], cost: u32, what: &str) -> Result<()> {
        let Some(cost) = NonZeroU32::new(cost) else { return Ok(()) };
        match self.limiter.check_key_n(&key.to_vec(), cost) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(until)) => Err(self.refused(until.earliest_possible(), what)),
            Err(_) => Err(self.refused(self.clock.now(), what)),
        }
    }

    fn refused(&self, until: Nanos, what: &str) -> Error {
        let wait = until.duration_since(self.clock.now()).as_u64();
        let seconds = wait.div_ceil(1_000_000_000).max(1);
        let minutes = seconds.div_ceil(60);
        let when = if minutes == 1 { "in a minute".to_owned() } else { format!("in {minutes} minutes") };
        Error::RateLimited { message: format!("{what} Try again {when}."), retry_after: seconds }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn a_share_is_used_up_and_comes_back_by_and_by() {
        let clock = Clock::fixed(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let limit = Limit::per_hour(NonZeroU32::new(10).unwrap(), &clock);
        for _ in 0..10 {
            limit.count(b"one", "Too much.").unwrap();
        }
        let refused = limit.count(b"one", "Too much.").unwrap_err();
        assert!(
            matches!(&refused, Error::RateLimited { message, retry_after: 360 } if message == "Too much. Try again in 6 minutes.")
        );
        limit.count(b"another", "Too much.").unwrap();
        clock.advance(TimeDelta::minutes(5));
        assert!(matches!(limit.count(b"one", "").unwrap_err(), Error::RateLimited { retry_after: 60, .. }));
        clock.advance(TimeDelta::minutes(1));
        limit.count(b"one", "Too much.").unwrap();
        assert!(limit.count(b"one", "Too much.").is_err());
        assert_eq!(limit.limiter.len(), 2);
        clock.advance(TimeDelta::hours(2));
        limit.limiter.retain_recent();
        assert_eq!(limit.limiter.len(), 0);
    }
}
