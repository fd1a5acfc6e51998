//! How often people may do things.

use std::num::NonZeroU32;

/// Quotas by person and by the address of the client. Each process counts for itself. Behind a proxy all its clients have
/// the proxy's address, unless `ANSWERABLE_TRUSTED_PROXIES` names it.
#[derive(Clone, Debug, clap::Args)]
pub struct LimitConfig {
    /// How many comments and submissions can be sent in an hour from one e-mail address
    #[arg(long, env = "ANSWERABLE_CONTRIBUTIONS_PER_HOUR", default_value = "30")]
    pub contributions_per_hour: NonZeroU32,
    /// How many changes of any kind can be made in an hour from one client's address by people who have not signed in, and by one account that has no role; schools and libraries share an address
    #[arg(long, env = "ANSWERABLE_WRITES_PER_HOUR", default_value = "600")]
    pub writes_per_hour: NonZeroU32,
    /// How many links to sign in can be asked for in an hour from one client's address
    #[arg(long, env = "ANSWERABLE_SIGN_INS_PER_HOUR", default_value = "30")]
    pub sign_ins_per_hour: NonZeroU32,
    /// How much the queries of one account, or of one client's address, may cost in a minute, in the units of `ANSWERABLE_MAX_COMPLEXITY`
    #[arg(long, env = "ANSWERABLE_QUERY_COST_PER_MINUTE", default_value = "5000000")]
    pub query_cost_per_minute: NonZeroU32,
    /// How many receipts can be opened in an hour from one client's address
    #[arg(long, env = "ANSWERABLE_RECEIPTS_PER_HOUR", default_value = "600")]
    pub receipts_per_hour: NonZeroU32,
    /// How many files can be announced in an hour from one client's address
    #[arg(long, env = "ANSWERABLE_FILES_PER_HOUR", default_value = "60")]
    pub files_per_hour: NonZeroU32,
    /// How many reports of comments one person, and one client's address, can make in an hour
    #[arg(long, env = "ANSWERABLE_REPORTS_PER_HOUR", default_value = "10")]
    pub reports_per_hour: NonZeroU32,
}
