//! What each command does, with the words it prints. Everything else is in the library.

/// Prints a line. A reader who has left, as `head` does, is no reason to end: `println!` would panic.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Prints a line to standard error, in the same manner.
macro_rules! note {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub mod account;
pub mod checkpoint;
pub mod database;
pub mod demo;
pub mod health;
pub mod import;
pub mod jobs;
pub mod keys;
pub mod migrate;
pub mod serve;
pub mod signing;
pub mod verify_log;
pub mod worker;

use std::{
    io::{IsTerminal, Write},
    path::Path,
};

use answerable::{
    app::{App, Purpose, StartError},
    clock::Clock,
    config::Config,
};

/// Why a command failed, in words for the person who gave it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Says on standard error what is being done, because it takes a while.
pub fn progress(text: &str) {
    let mark = if std::io::stderr().is_terminal() { "\u{1b}[2m…\u{1b}[0m" } else { "…" };
    note!("{mark} {text}");
}

/// Opens the database for one command, beside a running service if there is one.
async fn open(config: &Config) -> Result<App, StartError> {
    App::open(config, Clock::system(), Purpose::Command, None, &progress).await
}

/// What a file that was named holds.
fn read_file(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}.", path.display()).into())
}

/// `answerable schema`
pub fn schema() -> Result<(), Failure> {
    // Written rather than printed: a reader that stops early is no error to die of.
    std::io::stdout().write_all(answerable::graphql::sdl().as_bytes())?;
    Ok(())
}

/// Completes when the process is asked to end: by Ctrl-C or by SIGTERM. Listens from the call on, not only from when it is
/// first waited for: until then a signal would end the process where it stands.
fn asked_to_end() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        [SignalKind::interrupt(), SignalKind::terminate()].map(signal)
    };
    async move {
        #[cfg(unix)]
        if let [Ok(mut interrupt), Ok(mut terminate)] = signals {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
