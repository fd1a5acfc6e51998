//! All SQL of submissions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::{Standing, Submission, SubmissionState};
use crate::{
    db::{paging::Span, schema::submissions},
    error::Result,
    identity::viewer::Reach,
    ids::{ContributorId, DocumentId, SubmissionId},
};

/// A submission to be kept.
#[derive(Insertable)]
#[diesel(table_name = submissions)]
pub(super) struct NewSubmission {
    pub id: SubmissionId,
    pub document_id: DocumentId,
    pub contributor_id: ContributorId,
    pub body_sealed: Vec<u8>,
    pub state: SubmissionState,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, new: NewSubmission) -> Result<Submission> {
    Ok(diesel::insert_into(submissions::table)
        .values(new)
        .returning(Submission::as_returning())
        .get_result(conn)
        .await?)
}

/// One submission.
pub async fn by_id(conn: &mut AsyncPgConnection, id: SubmissionId) -> Result<Option<Submission>> {
    Ok(submissions::table.find(id).select(Submission::as_select()).first(conn).await.optional()?)
}

/// These submissions, in no order.
pub async fn by_ids(conn: &mut AsyncPgConnection, ids: &[SubmissionId]) -> Result<Vec<Submission>> {
    Ok(submissions::table
        .filter(submissions::id.eq_any(ids))
        .select(Submission::as_select())
        .load(conn)
        .await?)
}

/// One submission, locked until the transaction ends.
pub(super) async fn lock(conn: &mut AsyncPgConnection, id: SubmissionId) -> Result<Option<Submission>> {
    Ok(submissions::table
        .find(id)
        .for_update()
        .select(Submission::as_select())
        .first(conn)
        .await
        .optional()?)
}

/// Lets a submission stand as a decision has it.
pub(super) async fn stand(
    conn: &mut AsyncPgConnection,
    id: SubmissionId,
    standing: &Standing,
) -> Result<Submission> {
    Ok(diesel::update(submissions::table.find(id))
        .set((standing, submissions::version.eq(submissions::version + 1)))
        .returning(Submission::as_returning())
        .get_result(conn)
        .await?)
}

type Boxed = submissions::BoxedQuery<'static, diesel::pg::Pg>;

/// The submissions that nobody has handled, in the documents that `reach` covers.
fn unhandled(reach: &Reach) -> Boxed {
    // A literal, as in the partial index: with a parameter the planner cannot use it.
    let query = submissions::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'RECEIVED' AND intake = 'CONFIRMED'"));
    match reach {
        Reach::All => query.into_boxed(),
        Reach::Only(documents) => {
            query.filter(submissions::document_id.eq_any(documents.clone())).into_boxed()
        }
    }
}

/// A stretch of the unhandled submissions, oldest first.
pub async fn list_unhandled(
    conn: &mut AsyncPgConnection,
    reach: &Reach,
    span: &Span<uuid::Uuid>,
) -> Result<Vec<Submission>> {
    let mut query = unhandled(reach).select(Submission::as_select()).limit(span.limit);
    if let Some(after) = span.after {
        query = query.filter(submissions::id.gt(SubmissionId(after)));
    }
    if let Some(before) = span.before {
        query = query.filter(submissions::id.lt(SubmissionId(before)));
    }
    query =
        if span.reverse { query.order(submissions::id.desc()) } else { query.order(submissions::id.asc()) };
    Ok(query.load(conn).await?)
}

/// How many submissions nobody has handled.
pub async fn count_unhandled(conn: &mut AsyncPgConnection, reach: &Reach) -> Result<i64> {
    Ok(unhandled(reach).count().get_result(conn).await?)
}
