//! How side effects are carried out.

use std::time::Duration;

/// The worker and its patience.
#[derive(Clone, Debug, clap::Args)]
pub struct WorkerConfig {
    /// Leave the outbox to `answerable worker` processes
    #[arg(long, env = "ANSWERABLE_NO_WORKER", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_worker: bool,
    /// How many jobs a worker carries out at a time
    #[arg(long, env = "ANSWERABLE_WORKER_CONCURRENCY", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub worker_concurrency: u16,
    /// For how many seconds a worker claims a job; the job of a worker that died is taken up after that. At least twice the mail server's timeout
    #[arg(long, env = "ANSWERABLE_JOB_LEASE_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(2..=3600))]
    pub job_lease_seconds: u16,
    /// How long the first retry of a failed job waits, in milliseconds; each further one waits twice as long, up to an hour
    #[arg(long, env = "ANSWERABLE_RETRY_BASE_MS", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=3_600_000))]
    pub retry_base_ms: u32,
    /// After how many failures a job is parked as a dead letter; with the default waits, 80 are three days
    #[arg(long, env = "ANSWERABLE_MAX_ATTEMPTS", default_value_t = 80, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub max_attempts: u16,
}

impl WorkerConfig {
    /// How long a claim holds.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.job_lease_seconds.into())
    }

    /// How long the first retry waits.
    pub fn retry_base(&self) -> Duration {
        Duration::from_millis(u64::from(self.retry_base_ms))
    }
}
