//! The worker loop: claim, carry out, write down how it ended.

use std::{future::pending, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

use super::{
    Failure, Registry, Wake,
    queries::{self, Claimed, Outcome},
    wake::CHANNEL,
};
use crate::{clock::Clock, db::Db, seal};

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many jobs at a time.
    pub concurrency: usize,
    /// How long a claim holds; a job that takes nearly as long is stopped and tried again.
    pub lease: Duration,
    /// How long the first retry waits.
    pub retry_base: Duration,
    /// After how many attempts a job is given up on.
    pub max_attempts: i32,
    /// How often the worker looks by itself.
    pub poll: Duration,
}

/// The longest wait between two attempts.
const MAX_WAIT: Duration = Duration::from_hours(1);

/// Carries out jobs until `stop` is ready; then claims no more, and returns when those under way have ended.
pub async fn work(
    db: Db,
    clock: Clock,
    wake: Wake,
    registry: Registry,
    settings: Settings,
    stop: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(settings.concurrency));
    let worker = Arc::new(Worker { db, clock, registry, settings });
    let mut running = JoinSet::new();
    let mut listener = Listener::default();
    let mut stop = std::pin::pin!(stop);
    loop {
        while running.try_join_next().is_some() {}
        let more = match worker.claim(&slots).await {
            Ok(claimed) => {
                // Without a free slot nothing was looked for.
                let more = !claimed.is_empty() || slots.available_permits() == 0;
                for (job, slot) in claimed {
                    let worker = worker.clone();
                    running.spawn(async move {
                        worker.carry_out(job).await;
                        drop(slot);
                    });
                }
                more
            }
            Err(error) => {
                tracing::warn!(error = %error.report(), "The outbox cannot be read; the worker tries again.");
                false
            }
        };
        tokio::select! {
            () = &mut stop => break,
            // A free slot after a full claim: there may be more.
            _ = slots.acquire(), if more => {}
            () = wake.worker_roused() => {}
            () = listener.heard(&worker.db) => {}
            () = tokio::time::sleep(settings.poll) => {}
        }
    }
    while running.join_next().await.is_some() {}
}

struct Worker {
    db: Db,
    clock: Clock,
    registry: Registry,
    settings: Settings,
}

impl Worker {
    async fn claim(
        &self,
        slots: &Arc<Semaphore>,
    ) -> crate::error::Result<Vec<(Claimed, OwnedSemaphorePermit)>> {
        let mut permits = Vec::new();
        while let Ok(permit) = slots.clone().try_acquire_owned() {
            permits.push(permit);
        }
        if permits.is_empty() {
            return Ok(Vec::new());
        }
        let mut conn = self.db.get().await?;
        let lease = TimeDelta::from_std(self.settings.lease).unwrap_or(TimeDelta::MAX);
        let limit = i64::try_from(permits.len()).unwrap_or(1);
        let claimed = queries::claim(&mut conn, self.clock.now(), lease, limit).await?;
        Ok(claimed.into_iter().zip(permits).collect())
    }

    async fn carry_out(&self, mut job: Claimed) {
        let payload = std::mem::take(&mut job.payload);
        // Ended well before the lease is, so that no second worker takes the job up while this one is still at it.
        let limit = self.settings.lease.mul_f32(0.8);
        let result = if job.attempts > self.settings.max_attempts {
            // Attempts are counted when they begin: these never came to an end, and the next would not either.
            Err(Failure::GiveUp("each attempt ended with its process".into()))
        } else {
            tokio::time::timeout(limit, self.registry.run(job.id, &job.kind, payload))
                .await
                .unwrap_or_else(|_| Err(Failure::Retry("it took too long".into())))
        };
        let now = self.clock.now();
        let outcome = match result {
            Ok(()) => {
                tracing::debug!(job.id = %job.id, job.kind, "A job was carried out.");
                metrics::counter!("answerable_jobs_total", "outcome" => "done").increment(1);
                Outcome::Done
            }
            Err(Failure::Retry(text)) if job.attempts < self.settings.max_attempts => {
                let at = next_attempt(now, job.attempts, self.settings.retry_base);
                tracing::warn!(job.id = %job.id, job.kind, job.attempts, error = %text, "A job failed and will be tried again.");
                metrics::counter!("answerable_jobs_total", "outcome" => "retry").increment(1);
                Outcome::Retry(at, text)
            }
            Err(Failure::Retry(text) | Failure::GiveUp(text)) => {
                tracing::error!(job.id = %job.id, job.kind, job.attempts, error = %text, "A job was given up on and is parked as a dead letter.");
                metrics::counter!("answerable_jobs_total", "outcome" => "dead").increment(1);
                Outcome::Dead(text)
            }
        };
        let written = async {
            let mut conn = self.db.get().await?;
            queries::finish(&mut conn, &job, now, outcome).await
        };
        if let Err(error) = written.await {
            // The lease runs out and the job is carried out once more: at least once, never less.
            tracing::error!(job.id = %job.id, error = %error.report(), "A job's outcome could not be written down.");
        }
    }
}

/// When to try again: the base doubled with each attempt, up to an hour, and up to a quarter more at random so that
/// jobs that failed together do not come back together.
fn next_attempt(now: DateTime<Utc>, attempts: i32, base: Duration) -> DateTime<Utc> {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let wait = base.saturating_mul(1 << doublings).min(MAX_WAIT);
    let share = seal::random::<1>().map_or(0.0, |[byte]| f32::from(byte) / 255.0 / 4.0);
    now + TimeDelta::from_std(wait.mul_f32(1.0 + share)).unwrap_or(TimeDelta::hours(1))
}

/// A connection of its own that hears the wake-ups of other processes. While it cannot be had the timer serves alone.
#[derive(Default)]
struct Listener {
    connection: Option<AsyncPgConnection>,
}

impl Listener {
    /// Returns when a wake-up has come.
    async fn heard(&mut self, db: &Db) {
        if self.connection.is_none() {
            let Ok(mut connection) = db.target().dial(None).await else { return pending::<()>().await };
            let listen = diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(&mut connection).await;
            if listen.is_err() {
                return pending::<()>().await;
            }
            self.connection = Some(connection);
        }
        let Some(connection) = &mut self.connection else { return pending::<()>().await };
        let heard = std::pin::pin!(connection.notifications_stream()).next().await;
        if !matches!(heard, Some(Ok(_))) {
            self.connection = None;
            pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_longer_each_time_up_to_an_hour() {
        let now = DateTime::UNIX_EPOCH;
        let wait = |attempts| (next_attempt(now, attempts, Duration::from_secs(10)) - now).num_milliseconds();
        assert!((10_000..=12_500).contains(&wait(1)));
        assert!((40_000..=50_000).contains(&wait(3)));
        assert!((3_600_000..=4_500_000).contains(&wait(30)));
        assert!((10_000..=12_500).contains(&wait(0)));
    }
}
