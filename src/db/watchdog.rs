//! The time limit of statements on the embedded server, whose build has no timers: `statement_timeout` and its like do
//! nothing there, and two transactions that wait for each other would wait for ever. One connection looks once a second
//! and ends what is over the limit, as the server itself would.

use std::time::Duration;

use diesel::{sql_query, sql_types::Double};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Target;

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// What connections with a time limit are called on the server.
pub(super) const BOUNDED: &str = "answerable-bounded";

/// Ends statements and open transactions of this database that take longer than `limit`, for as long as this future
/// runs. A look that fails is made up for by the next one.
pub async fn end_overdue(target: Target, limit: Duration) {
    let mut connection = None;
    loop {
        tokio::time::sleep(INTERVAL).await;
        if connection.is_none() {
            connection = target.dial(None).await.ok();
        }
        let Some(conn) = &mut connection else { continue };
        if let Err(error) = look(conn, limit).await {
            tracing::warn!(%error, "The watch over long statements failed and begins anew.");
            connection = None;
        }
    }
}

async fn look(conn: &mut AsyncPgConnection, limit: Duration) -> diesel::QueryResult<()> {
    let overdue = format!(
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{BOUNDED}'
         AND clock_timestamp() - state_change > make_interval(secs => $1)"
    );
    let ended = sql_query(format!("SELECT pg_cancel_backend(pid) {overdue} AND state = 'active'"))
        .bind::<Double, _>(limit.as_secs_f64())
        .execute(conn)
        .await?
        + sql_query(format!(
            "SELECT pg_terminate_backend(pid) {overdue} AND state LIKE 'idle in transaction%'"
        ))
        .bind::<Double, _>(limit.as_secs_f64())
        .execute(conn)
        .await?;
    if ended > 0 {
        tracing::warn!(db.ended = ended, "Statements that took too long were ended.");
    }
    Ok(())
}

#[cfg(all(test, embedded_postgres))]
mod tests {
    use super::*;
    use crate::db::{
        Db,
        embedded::{Embedded, Options},
    };

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_takes_too_long_is_ended_on_the_embedded_server_too() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { durable: false, max_connections: 20 };
        let server = Embedded::start(folder.path(), &options, &|_| {}).await.unwrap();
        let target = Target::parse(&server.url(), None).unwrap();
        let limit = Duration::from_secs(1);
        let db = Db::connect(target.clone(), 4, limit).await.unwrap();
        let watch = tokio::spawn(end_overdue(target, limit));
        let mut conn = db.get().await.unwrap();
        let slept = sql_query("SELECT pg_sleep(60)").execute(&mut conn);
        let slept = tokio::time::timeout(Duration::from_secs(40), slept).await;
        assert!(slept.expect("it is ended").is_err());
        let quick = sql_query("SELECT 1").execute(&mut conn).await;
        assert!(quick.is_ok(), "the connection itself is good: {quick:?}");
        watch.abort();
        drop(conn);
        server.stop().await;
    }
}
