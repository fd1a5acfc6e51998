//! Who may listen, and how long: websockets and event streams.

use std::time::Duration;

/// The limits of websockets and event streams.
#[derive(Clone, Debug, clap::Args)]
pub struct SubscriptionConfig {
    /// How many websockets and event streams this process keeps open at a time, all clients together
    #[arg(long, env = "ANSWERABLE_MAX_STREAMS", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_streams: u32,
    /// How many of them one client's address may have
    #[arg(long, env = "ANSWERABLE_STREAMS_PER_ADDRESS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub streams_per_address: u32,
    /// How many subscriptions one client's address may have, on all its websockets and event streams together
    #[arg(long, env = "ANSWERABLE_SUBSCRIPTIONS_PER_ADDRESS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub subscriptions_per_address: u32,
    /// How many subscriptions, queries and mutations may be under way on one websocket
    #[arg(long, env = "ANSWERABLE_SUBSCRIPTIONS_PER_SOCKET", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub subscriptions_per_socket: u32,
    /// For how many seconds a new websocket may go without `connection_init`
    #[arg(long, env = "ANSWERABLE_SOCKET_INIT_SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub socket_init_seconds: u16,
    /// After how many seconds a websocket on which nothing is under way is closed
    #[arg(long, env = "ANSWERABLE_SOCKET_IDLE_SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u16).range(1..=36_000))]
    pub socket_idle_seconds: u16,
    /// How often, in seconds, an open websocket or event stream is sent a sign of life and its access token is looked at again. A client that answers none of two is given up on
    #[arg(long, env = "ANSWERABLE_KEEP_ALIVE_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub keep_alive_seconds: u16,
}

impl SubscriptionConfig {
    /// How long a new websocket may go without `connection_init`.
    pub fn socket_init(&self) -> Duration {
        Duration::from_secs(self.socket_init_seconds.into())
    }

    /// How long a websocket may go without anything under way.
    pub fn socket_idle(&self) -> Duration {
        Duration::from_secs(self.socket_idle_seconds.into())
    }

    /// How often a sign of life is sent.
    pub fn keep_alive(&self) -> Duration {
        Duration::from_secs(self.keep_alive_seconds.into())
    }
}
