//! How long clients may take over a request, and how many of them are served at a time.

use std::time::Duration;

/// The patience with connections.
#[derive(Clone, Debug, clap::Args)]
pub struct ConnectionLimits {
    /// Within how many seconds a client must have sent the head of its next request; an idle connection ends then as well
    #[arg(long, env = "ANSWERABLE_HEADER_TIMEOUT_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub header_timeout_seconds: u32,
    /// Within how many seconds a request's body must have come; one second more for each 16 KiB of it
    #[arg(long, env = "ANSWERABLE_BODY_TIMEOUT_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub body_timeout_seconds: u32,
    /// After how many seconds a client that takes nothing of its answer is given up on
    #[arg(long, env = "ANSWERABLE_WRITE_TIMEOUT_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub write_timeout_seconds: u32,
    /// Within how many seconds a client must have taken an answer that waits for it; one second more for each 16 KiB of it
    #[arg(long, env = "ANSWERABLE_ANSWER_TIMEOUT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub answer_timeout_seconds: u32,
    /// How many MiB of answers may wait to be read, all clients together; one client's address may have a quarter of it
    #[arg(long, env = "ANSWERABLE_UNREAD_ANSWERS_MIB", default_value_t = 256, value_parser = clap::value_parser!(u16).range(16..=4_095))]
    pub unread_answers_mib: u16,
    /// How many connections are served at a time; others wait
    #[arg(long, env = "ANSWERABLE_MAX_CONNECTIONS", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// How many of them one client's address may have; more are closed at once. Behind a proxy all its clients have the proxy's address: set it as high as the one above there
    #[arg(long, env = "ANSWERABLE_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections_per_address: u32,
}

impl ConnectionLimits {
    /// For the head of a request.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds.into())
    }

    /// For a body, however small.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_seconds.into())
    }

    /// For an answer that waits to be taken as a whole, however short.
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_secs(self.answer_timeout_seconds.into())
    }

    /// For the next bytes of an answer to be taken.
    pub fn write_timeout(&self) -> Duration {
        Duration::from_secs(self.write_timeout_seconds.into())
    }
}
