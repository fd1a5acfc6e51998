//! The settings of the service, one struct per concern, each read once at the start from the command line or the
//! environment. Every setting is a flag and an environment variable; an empty variable counts as not set.

mod classifiers;
mod connections;
mod delivery;
mod files;
mod http;
mod intake;
mod keys;
mod limits;
mod mail;
mod moderation;
mod oidc;
mod production;
mod queries;
mod storage;
mod subscriptions;
mod worker;

pub use classifiers::{ClassifierConfig, Classifiers};
pub use connections::ConnectionLimits;
pub use delivery::{DeliveryConfig, Origins};
pub use files::{Bucket, FileConfig, FilePlace};
pub use http::{HttpConfig, Mode};
pub use intake::IntakeConfig;
pub use keys::{KeyConfig, LoadedKeys};
pub use limits::LimitConfig;
pub use mail::MailSettings;
pub use moderation::ModerationConfig;
pub use oidc::{OidcConfig, OidcSettings, is_safe};
pub use production::is_of_the_example;
pub use queries::QueryLimits;
pub use storage::StorageConfig;
pub use subscriptions::SubscriptionConfig;
pub use worker::WorkerConfig;

/// A setting that cannot be used as it stands; the text says what to do, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// Everything `serve` and `worker` are told.
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    /// Where data is kept.
    #[command(flatten)]
    pub storage: StorageConfig,
    /// Where and how requests are answered.
    #[command(flatten)]
    pub http: HttpConfig,
    /// The patience with connections.
    #[command(flatten)]
    pub connections: ConnectionLimits,
    /// Other origins, caches and known documents.
    #[command(flatten)]
    pub delivery: DeliveryConfig,
    /// How much one request may ask for.
    #[command(flatten)]
    pub queries: QueryLimits,
    /// How mail leaves.
    #[command(flatten)]
    pub mail: MailSettings,
    /// The secrets everything else is derived from.
    #[command(flatten)]
    pub keys: KeyConfig,
    /// Who else vouches for people.
    #[command(flatten)]
    pub oidc: OidcConfig,
    /// How moderators work together.
    #[command(flatten)]
    pub moderation: ModerationConfig,
    /// Where classifiers may be.
    #[command(flatten)]
    pub classifiers: ClassifierConfig,
    /// How often people may do things.
    #[command(flatten)]
    pub limits: LimitConfig,
    /// Who may listen, and how long.
    #[command(flatten)]
    pub subscriptions: SubscriptionConfig,
    /// What holds before a contribution counts.
    #[command(flatten)]
    pub intake: IntakeConfig,
    /// The files of submissions.
    #[command(flatten)]
    pub files: FileConfig,
    /// How side effects are carried out.
    #[command(flatten)]
    pub worker: WorkerConfig,
}

/// A secret that was really given: an empty variable, as compose files leave behind, counts as none.
pub(crate) fn given(secret: Option<&secrecy::SecretString>) -> Option<&str> {
    secret.map(secrecy::ExposeSecret::expose_secret).map(str::trim).filter(|text| !text.is_empty())
}
