//! Where the binary carries no server.

use std::{convert::Infallible, path::Path};

use super::{DbError, Options};

/// Never there.
pub(super) struct Server(Infallible);

impl Server {
    #[expect(clippy::unused_async, reason = "the same as where there is a server")]
    pub(super) async fn start(
        _data_dir: &Path,
        _options: &Options,
        _progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, DbError> {
        let why = if cfg!(feature = "embedded-postgres") {
            "there is none for this platform yet"
        } else {
            "it was built without the feature `embedded-postgres`"
        };
        Err(DbError(format!(
            "This Answerable carries no PostgreSQL: {why}. Set DATABASE_URL, as in `postgres://user:password@host:5432/database`."
        )))
    }

    pub(super) fn url_of(&self, _database: &str) -> String {
        match self.0 {}
    }

    pub(super) fn died(&self) -> std::future::Pending<DbError> {
        match self.0 {}
    }

    #[expect(clippy::unused_async, reason = "the same as where there is a server")]
    pub(super) async fn stop(self) {
        match self.0 {}
    }
}

/// Nobody can have started a server here.
#[expect(clippy::unused_async, reason = "the same as where there is a server")]
pub(super) async fn attach(_data_dir: &Path) -> Result<Option<String>, DbError> {
    Ok(None)
}
