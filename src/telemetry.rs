//! Logs and metrics. A log line is one readable sentence with dotted fields, logged once, at the boundary; nothing in
//! it names a person.

use std::{io::IsTerminal, sync::OnceLock};

use crate::config::ConfigError;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Starts logging to standard error. `filter` is in the syntax of `tracing_subscriber::EnvFilter`; one that is not is
/// refused.
pub fn init(format: LogFormat, filter: &str) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        ConfigError(format!(
            "ANSWERABLE_LOG is not a filter of log lines: {error}. Write `info`, or `answerable=debug,warn`."
        ))
    })?;
    let registry = tracing_subscriber::registry().with(filter);
    // A second start in one process (as tests do) keeps the first one's subscriber.
    let _ = match format {
        LogFormat::Text => {
            let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
            registry.with(layer.with_ansi(std::io::stderr().is_terminal())).try_init()
        }
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init()
        }
    };
    Ok(())
}

/// The process's metrics, as `/metrics` shows them. The first call starts recording.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // Only a library user who has installed a recorder already can make this fail; theirs then stays.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}
