//! How moderators work together.

use chrono::TimeDelta;

/// The desk.
#[derive(Clone, Debug, clap::Args)]
pub struct ModerationConfig {
    /// For how many minutes an item stays claimed by the moderator who is at work on it
    #[arg(long, env = "ANSWERABLE_CLAIM_MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1440))]
    pub claim_minutes: u16,
}

impl ModerationConfig {
    /// How long a claim holds.
    pub fn claim(&self) -> TimeDelta {
        TimeDelta::minutes(self.claim_minutes.into())
    }
}
