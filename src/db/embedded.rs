//! The database server that the binary carries: unpacked, initialised, started and stopped inside the data directory.
//!
//! It listens on a socket in a directory that only its user can enter, and never on a port. Where the binary carries
//! none (another platform, or built without the feature `embedded-postgres`), starting it is an error that says what to
//! do. Every error here is a [`DbError`].
//!
//! What it keeps below the data directory:
//! `lock` and `lock.pid` (which service uses it), `postgres/runtime-…` (the programs), `postgres/cluster` (the data),
//! `postgres/socket`, `postgres/server.lock` (held by the server itself) and `postgres/server.log`.

mod lock;

#[cfg(embedded_postgres)]
mod child;
#[cfg(embedded_postgres)]
mod cluster;
#[cfg(embedded_postgres)]
mod home;
#[cfg(embedded_postgres)]
mod log;
#[cfg(embedded_postgres)]
mod orphan;
#[cfg(embedded_postgres)]
mod runtime;
#[cfg(embedded_postgres)]
mod server;
#[cfg(not(embedded_postgres))]
#[path = "embedded/unsupported.rs"]
mod server;
#[cfg(embedded_postgres)]
mod settings;
#[cfg(embedded_postgres)]
mod socket;
#[cfg(all(test, embedded_postgres))]
mod tests;

use std::path::Path;

pub use lock::DirectoryLock;

use super::DbError;

/// The database that the service keeps its tables in.
const DATABASE: &str = "answerable";

/// How the server is run. What it is not asked here, `settings` answers.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether a write that was acknowledged survives a loss of power. Off only where nothing matters, as in tests; such
    /// a cluster must never be used as a durable one later.
    pub durable: bool,
    /// How many connections the server takes, all processes and the few it reserves for itself together; at least 10.
    pub max_connections: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self { durable: true, max_connections: 100 }
    }
}

/// A running server that this process started. It ends with this value, and with this process however that ends (at
/// once on Linux; elsewhere the next start ends what was left behind).
pub struct Embedded(server::Server);

impl Embedded {
    /// Takes the data directory for this process and starts its server, making first what is not there yet: the
    /// directory, the programs, the cluster, the database. Tells `progress` of each long step as it begins, and of
    /// nothing when all is there.
    ///
    /// # Errors
    /// When another service uses the directory, or something in it is not usable; the text is one line.
    pub async fn start(
        data_dir: &Path,
        options: &Options,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, DbError> {
        server::Server::start(data_dir, options, progress).await.map(Self)
    }

    /// Where the server listens that the service now using the directory runs, as [`Embedded::url`] would say it there;
    /// `None` when no service uses the directory. For the commands that work beside a running service. Waits up to 30
    /// seconds for a service that is just starting.
    ///
    /// # Errors
    /// When a service uses the directory and its server does not answer (the service may have a database elsewhere).
    pub async fn attach(data_dir: &Path) -> Result<Option<String>, DbError> {
        server::attach(data_dir).await
    }

    /// The address of the service's database, for [`super::Target::parse`].
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// The address of another database of this server.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        self.0.url_of(database)
    }

    /// Completes when the server has ended though nobody asked it to; the error says how, in one line. Never completes
    /// once [`Embedded::stop`] was called. Need not be awaited while this value is at hand: it borrows nothing.
    pub fn died(&self) -> impl Future<Output = DbError> + Send + use<> {
        self.0.died()
    }

    /// Ends the server in an orderly way: connections are cut, everything is written, within 10 seconds; after that it is
    /// ended hard, which loses nothing either, and the next start recovers. Then the data directory is free again.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}

/// Something at `path` could not be read or written.
fn unusable(path: &Path, error: &std::io::Error) -> DbError {
    DbError(format!(
        "{} cannot be used: {error}. See that the disk has room and that the user running Answerable may write there, or choose another place with --data-dir.",
        path.display()
    ))
}
