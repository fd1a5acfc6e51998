//! How often people may do things.

use std::num::NonZeroU32;

/// Quotas by person and by the address of the client.
#[derive(Clone, Debug, clap::Args)]
pub struct LimitConfig {
    /// How many reports of comments one person, and one client's address, can make in an hour. Behind a proxy all its clients have the proxy's address, unless `ANSWERABLE_TRUSTED_PROXIES` names it
    #[arg(long, env = "ANSWERABLE_REPORTS_PER_HOUR", default_value = "10")]
    pub reports_per_hour: NonZeroU32,
}
