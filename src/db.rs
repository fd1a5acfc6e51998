//! PostgreSQL: the pool, migrations, the embedded server, and paging. What a table holds belongs to its domain.
//!
//! Errors of the start ([`DbError`]) are one line each that says what to do; errors while serving are
//! [`crate::error::Error::Internal`].

mod connect;
// pub mod embedded;
mod migrations;
pub mod paging;
pub mod schema;
pub mod text_enum;

use std::time::Duration;

use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool},
    },
};
use futures_util::FutureExt;

pub use connect::Target;
pub use migrations::{migrate, newest_known, pending};

use crate::error::Result;

/// A connection lent from the pool.
pub type Connection = Object<AsyncPgConnection>;

/// The database cannot be used; the text is one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DbError(pub String);

/// The pool. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    target: Target,
}

impl Db {
    /// Sets the pool up and proves with one connection that the database answers.
    pub async fn connect(target: Target, size: usize, statement_timeout: Duration) -> Result<Self, DbError> {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let dialled = target.clone();
        config.custom_setup = Box::new(move |_| {
            let target = dialled.clone();
            async move { target.dial(Some(statement_timeout)).await }.boxed()
        });
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config("", config);
        let pool = Pool::builder(manager)
            .max_size(size)
            .wait_timeout(Some(Duration::from_secs(10)))
            .create_timeout(Some(Duration::from_secs(10)))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| DbError(format!("The database pool cannot be set up: {error}.")))?;
        target.probe().await?;
        Ok(Self { pool, target })
    }

    /// A connection; waits up to ten seconds for one to become free.
    pub async fn get(&self) -> Result<Connection> {
        Ok(self.pool.get().await?)
    }

    /// Where this pool's connections lead, for what needs a connection of its own (LISTEN).
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Closes the pool: nobody gets a connection any more, and idle ones end.
    pub fn close(&self) {
        self.pool.close();
    }
}
