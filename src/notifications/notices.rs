//! What somebody is told of once, and which job does the telling. All SQL of `notices`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{db::schema::notices, error::Result, ids::JobId};

/// Takes on telling of these subjects; gives those that are this job's to tell of: not those that another has taken, but
/// those that it took itself at an earlier attempt.
pub(super) async fn claim(
    conn: &mut AsyncPgConnection,
    subjects: &[Uuid],
    job: JobId,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    // In one order, so that no two jobs wait for each other.
    let mut subjects = subjects.to_vec();
    subjects.sort_unstable();
    let rows: Vec<_> = subjects
        .iter()
        .map(|subject| {
            (notices::subject_id.eq(*subject), notices::job_id.eq(job), notices::created_at.eq(now))
        })
        .collect();
    diesel::insert_into(notices::table).values(rows).on_conflict_do_nothing().execute(conn).await?;
    Ok(notices::table
        .filter(notices::subject_id.eq_any(subjects))
        .filter(notices::job_id.eq(job))
        .order(notices::subject_id)
        .select(notices::subject_id)
        .load(conn)
        .await?)
}
