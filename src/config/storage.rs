//! Where data is kept.

use std::path::PathBuf;

use secrecy::SecretString;

/// The database and the data directory.
#[derive(Clone, Debug, clap::Args)]
pub struct StorageConfig {
    /// PostgreSQL 15 or later, as `postgres://user:password@host:port/database`; without it the embedded server is used
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// A PEM file of certificate authorities to trust for the database, beside the public ones
    #[arg(long, env = "ANSWERABLE_DATABASE_CA_FILE")]
    pub database_ca_file: Option<PathBuf>,
    /// Where the embedded database, the keys and the mail folder are
    #[arg(long, env = "ANSWERABLE_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// How many database connections this process may hold
    #[arg(long, env = "ANSWERABLE_POOL_SIZE", default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=500))]
    pub pool_size: u16,
    /// After how many milliseconds the database gives up on a statement
    #[arg(long, env = "ANSWERABLE_STATEMENT_TIMEOUT_MS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=600_000))]
    pub statement_timeout_ms: u32,
}

impl StorageConfig {
    /// The database's address, where one was given.
    pub fn database_url(&self) -> Option<&str> {
        super::given(self.database_url.as_ref())
    }
}
