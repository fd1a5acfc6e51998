//! What holds before a contribution counts.

use chrono::TimeDelta;

/// The time to confirm an address.
#[derive(Clone, Debug, clap::Args)]
pub struct IntakeConfig {
    /// For how many hours a contributor can confirm an address, where the document asks for it; after that the contribution expires
    #[arg(long, env = "ANSWERABLE_CONFIRM_HOURS", default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=8760))]
    pub confirm_hours: u16,
}

impl IntakeConfig {
    /// The same as a length of time.
    pub fn confirm_within(&self) -> TimeDelta {
        TimeDelta::hours(self.confirm_hours.into())
    }
}
