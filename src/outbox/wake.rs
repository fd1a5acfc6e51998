//! Rousing the workers when there is work, and whoever follows the events, here and in other processes.
//!
//! Transactions do not NOTIFY themselves: commits that do queue on one lock of the whole server. One announcer for each
//! process gathers what was written within a few milliseconds and sends one bare wake-up.

use std::{sync::Arc, time::Duration};

use diesel_async::RunQueryDsl;
use tokio::sync::Notify;

use crate::db::Db;

/// The channel that wake-ups go through.
pub(crate) const CHANNEL: &str = "answerable_jobs";
/// How long the announcer gathers.
const GATHER: Duration = Duration::from_millis(5);

/// Rouses the workers, and the tail of the events. Cheap to clone.
#[derive(Clone, Default)]
pub struct Wake(Arc<Signals>);

#[derive(Default)]
struct Signals {
    worker: Notify,
    tail: Notify,
    announcer: Notify,
}

impl Wake {
    /// There may be work, and something may have happened. Many calls in a row count as one.
    pub fn rouse(&self) {
        self.0.worker.notify_one();
        self.0.tail.notify_one();
        self.0.announcer.notify_one();
    }

    /// Waits until this process's worker is roused.
    pub(super) async fn worker_roused(&self) {
        self.0.worker.notified().await;
    }

    /// Waits until whoever follows this process's events is roused.
    pub(crate) async fn tail_roused(&self) {
        self.0.tail.notified().await;
    }
}

/// Tells the workers of other processes, for as long as this future runs. A wake-up that cannot be sent is no loss:
/// workers also look by themselves.
pub async fn announce(wake: Wake, db: Db) {
    loop {
        wake.0.announcer.notified().await;
        tokio::time::sleep(GATHER).await;
        if let Ok(mut conn) = db.get().await {
            let _ = diesel::sql_query(format!("NOTIFY {CHANNEL}")).execute(&mut conn).await;
        }
    }
}
