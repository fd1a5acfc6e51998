//! All SQL on `jobs`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::Job;
use crate::{
    db::{paging::Span, schema::jobs},
    error::Result,
    ids::JobId,
};

/// A job that this worker has claimed.
#[derive(QueryableByName)]
#[diesel(table_name = jobs)]
pub(super) struct Claimed {
    pub id: JobId,
    pub kind: String,
    pub payload: Value,
    /// Which attempt this is; it also proves, when the job is finished, that nobody else has claimed it meanwhile.
    pub attempts: i32,
}

pub(super) async fn insert<J: Job>(
    conn: &mut AsyncPgConnection,
    id: JobId,
    at: DateTime<Utc>,
    job: &J,
) -> Result<()> {
    diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(id),
            jobs::kind.eq(J::KIND),
            jobs::payload.eq(serde_json::to_value(job)?),
            jobs::priority.eq(J::PRIORITY),
            jobs::run_at.eq(at),
            jobs::created_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Claims up to `limit` due jobs for `lease`. A job whose worker died is due again when its lease has run out.
pub(super) async fn claim(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    lease: TimeDelta,
    limit: i64,
) -> Result<Vec<Claimed>> {
    let claimed = diesel::sql_query(
        "UPDATE jobs SET leased_until = $1, attempts = attempts + 1 WHERE id IN (
             SELECT id FROM jobs WHERE state = 'WAITING' AND run_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
             ORDER BY priority, run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, payload, attempts",
    )
    .bind::<sql_types::Timestamptz, _>(now + lease)
    .bind::<sql_types::Timestamptz, _>(now)
    .bind::<sql_types::BigInt, _>(limit)
    .load(conn)
    .await?;
    Ok(claimed)
}

/// How an attempt ended.
pub(super) enum Outcome {
    Done,
    /// To be tried again at this time.
    Retry(DateTime<Utc>, String),
    /// Given up on: a dead letter.
    Dead(String),
}

/// Writes an attempt's outcome down, unless the lease was lost and somebody else has claimed the job.
pub(super) async fn finish(
    conn: &mut AsyncPgConnection,
    job: &Claimed,
    now: DateTime<Utc>,
    outcome: Outcome,
) -> Result<()> {
    let (state, run_at, error, finished) = match outcome {
        Outcome::Done => ("DONE", None, None, Some(now)),
        Outcome::Retry(at, text) => ("WAITING", Some(at), Some(text), None),
        Outcome::Dead(text) => ("DEAD", None, Some(text), Some(now)),
    };
    let mine =
        jobs::table.find(job.id).filter(jobs::state.eq("WAITING")).filter(jobs::attempts.eq(job.attempts));
    diesel::update(mine)
        .set((
            jobs::state.eq(state),
            run_at.map(|at| jobs::run_at.eq(at)),
            jobs::leased_until.eq(None::<DateTime<Utc>>),
            jobs::last_error.eq(error),
            jobs::finished_at.eq(finished),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends every claim, for whoever knows that no worker is left to keep one: else the jobs of a process that was killed wait
/// until their leases have run out.
pub async fn release(conn: &mut AsyncPgConnection) -> Result<usize> {
    let claimed = jobs::table.filter(jobs::state.eq("WAITING")).filter(jobs::leased_until.is_not_null());
    Ok(diesel::update(claimed).set(jobs::leased_until.eq(None::<DateTime<Utc>>)).execute(conn).await?)
}

/// Deletes what was carried out before `before`. Dead letters stay until somebody has looked at them.
pub async fn purge(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize> {
    let old = jobs::table.filter(jobs::state.eq("DONE")).filter(jobs::finished_at.lt(before));
    Ok(diesel::delete(old).execute(conn).await?)
}

/// A dead letter, for whoever runs the service: what it is and why it was given up on. It names nobody.
#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct DeadLetter {
    /// Its id.
    pub id: JobId,
    /// What kind of job.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it was given up on.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A stretch of the dead letters, oldest first.
pub async fn dead_letters(conn: &mut AsyncPgConnection, span: &Span<JobId>) -> Result<Vec<DeadLetter>> {
    let mut dead = jobs::table.filter(jobs::state.eq("DEAD")).limit(span.limit).into_boxed();
    if let Some(after) = span.after {
        dead = dead.filter(jobs::id.gt(after));
    }
    if let Some(before) = span.before {
        dead = dead.filter(jobs::id.lt(before));
    }
    dead = if span.reverse { dead.order(jobs::id.desc()) } else { dead.order(jobs::id.asc()) };
    Ok(dead.select(DeadLetter::as_select()).load(conn).await?)
}

/// How many dead letters there are.
pub async fn count_dead_letters(conn: &mut AsyncPgConnection) -> Result<i64> {
    Ok(jobs::table.filter(jobs::state.eq("DEAD")).count().get_result(conn).await?)
}

/// Puts dead letters back to be tried anew, all of them or these, and says how many there were.
pub async fn requeue(
    conn: &mut AsyncPgConnection,
    these: Option<&[JobId]>,
    now: DateTime<Utc>,
) -> Result<usize> {
    let again = (
        jobs::state.eq("WAITING"),
        jobs::attempts.eq(0),
        jobs::run_at.eq(now),
        jobs::leased_until.eq(None::<DateTime<Utc>>),
        jobs::finished_at.eq(None::<DateTime<Utc>>),
    );
    let dead = jobs::table.filter(jobs::state.eq("DEAD"));
    Ok(match these {
        Some(ids) => diesel::update(dead.filter(jobs::id.eq_any(ids))).set(again).execute(conn).await?,
        None => diesel::update(dead).set(again).execute(conn).await?,
    })
}
