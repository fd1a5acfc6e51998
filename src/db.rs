//! PostgreSQL: the pool, migrations, the embedded server, and paging. What a table holds belongs to its domain.
//!
//! Errors of the start ([`DbError`]) are one line each that says what to do; errors while serving are
//! [`crate::error::Error::Internal`].

mod connect;
pub mod embedded;
mod handwritten;
mod migrations;
pub mod paging;
pub mod schema;
mod shared;
pub mod text_enum;
mod watchdog;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel_async::{
    AsyncConnection, AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool},
    },
};
use futures_util::FutureExt;

pub use connect::Target;
pub use handwritten::Handwritten;
pub use migrations::{migrate, newest_known, pending};
pub use shared::{SharedBytes, SharedText};
pub use watchdog::end_overdue;

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
    statements: Arc<AtomicU64>,
}

impl Db {
    /// Sets the pool up and proves with one connection that the database answers.
    pub async fn connect(target: Target, size: usize, statement_timeout: Duration) -> Result<Self, DbError> {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let dialled = target.clone();
        let statements = Arc::<AtomicU64>::default();
        let counted = statements.clone();
        config.custom_setup = Box::new(move |_| {
            let (target, counted) = (dialled.clone(), counted.clone());
            async move {
                let mut connection = target.dial(Some(statement_timeout)).await?;
                connection.set_instrumentation(CountStatements(counted));
                Ok(connection)
            }
            .boxed()
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
        Ok(Self { pool, target, statements })
    }

    /// A connection; waits up to ten seconds for one to become free.
    pub async fn get(&self) -> Result<Connection> {
        Ok(self.pool.get().await?)
    }

    /// Where this pool's connections lead, for what needs a connection of its own (LISTEN).
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How many statements this pool's connections have sent, transactions' ends included.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How many connections are lent at this moment.
    pub fn lent(&self) -> usize {
        let status = self.pool.status();
        status.size - status.available
    }

    /// Closes the pool: nobody gets a connection any more, and idle ones end.
    pub fn close(&self) {
        self.pool.close();
    }
}

/// Counts every statement sent, also as the metric `answerable_db_statements_total`: a page that costs more statements
/// the more it shows is found by it.
struct CountStatements(Arc<AtomicU64>);

impl Instrumentation for CountStatements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            self.0.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("answerable_db_statements_total").increment(1);
        }
    }
}
