//! What somebody is told of once, and which job does the telling. All SQL of `notices`.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    contributors::Contributor,
    db::{Handwritten, schema::notices},
    error::Result,
    ids::JobId,
};

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

/// About how many replies to what was written under one address in a document other jobs have taken on telling since then.
pub(super) async fn replies_told(
    conn: &mut AsyncPgConnection,
    author: &Contributor,
    since: DateTime<Utc>,
    job: JobId,
) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::BigInt)]
        count: i64,
    }
    let mut sql = Handwritten::default();
    sql.text(
        "SELECT count(*) AS count FROM contributors c JOIN comments p ON p.contributor_id = c.id \
         JOIN comments r ON r.parent_id = p.id AND r.visible JOIN notices n ON n.subject_id = r.id \
         WHERE c.document_id = ",
    )
    .uuid(author.document_id.0)
    .text(" AND c.email_hash = ")
    .bind::<sql_types::Nullable<sql_types::Binary>, _>(author.email_hash.clone())
    .text(" AND n.created_at > ")
    .bind::<sql_types::Timestamptz, _>(since)
    .text(" AND n.job_id <> ")
    .uuid(job.0);
    let row: Row = sql.get_result(conn).await?;
    Ok(row.count)
}
