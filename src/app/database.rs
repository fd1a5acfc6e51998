//! Which database: the one that is named, or the embedded one.

use crate::{
    config::StorageConfig,
    db::{
        DbError,
        embedded::{Embedded, Options},
    },
};

/// What a process wants of the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To be the service: it has the data directory to itself.
    Serve,
    /// To do one thing, beside a running service if there is one.
    Command,
}

/// The database of a process.
pub struct Database {
    url: String,
    embedded: Option<Embedded>,
}

impl Database {
    /// Finds the database; starts the embedded server where none is named and none is running.
    pub async fn open(
        config: &StorageConfig,
        purpose: Purpose,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, DbError> {
        if let Some(url) = config.database_url() {
            return Ok(Self { url: url.to_owned(), embedded: None });
        }
        if purpose == Purpose::Command
            && let Some(url) = Embedded::attach(&config.data_dir).await?
        {
            return Ok(Self { url, embedded: None });
        }
        let embedded = Embedded::start(&config.data_dir, &Options::default(), progress).await?;
        Ok(Self { url: embedded.url(), embedded: Some(embedded) })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this process runs the server.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Completes when a server that this process runs has ended by itself.
    pub fn died(&self) -> impl Future<Output = DbError> + Send + use<> {
        let died = self.embedded.as_ref().map(Embedded::died);
        async move {
            match died {
                Some(died) => died.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Ends a server that this process runs.
    pub async fn close(self) {
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}
