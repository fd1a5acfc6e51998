//! All SQL of submissions. Moderators' lists are in `queries/desk.rs`.

pub mod desk;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::{EarlierText, Standing, Submission, SubmissionState};
use crate::{
    contributors::Intake,
    db::schema::{submission_texts, submissions},
    error::Result,
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
    pub intake: Intake,
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
pub async fn lock(conn: &mut AsyncPgConnection, id: SubmissionId) -> Result<Option<Submission>> {
    Ok(submissions::table
        .find(id)
        .for_update()
        .select(Submission::as_select())
        .first(conn)
        .await
        .optional()?)
}

/// Notes whether the sender's address has been confirmed.
pub(super) async fn set_intake(
    conn: &mut AsyncPgConnection,
    id: SubmissionId,
    intake: Intake,
) -> Result<Submission> {
    Ok(diesel::update(submissions::table.find(id))
        .set(submissions::intake.eq(intake))
        .returning(Submission::as_returning())
        .get_result(conn)
        .await?)
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

/// Keeps the text that a submission had.
pub(super) async fn keep_text(conn: &mut AsyncPgConnection, text: &EarlierText) -> Result<()> {
    diesel::insert_into(submission_texts::table).values(text).execute(conn).await?;
    Ok(())
}

/// Gives a submission another text: it waits again to be handled.
pub(super) async fn amend(
    conn: &mut AsyncPgConnection,
    id: SubmissionId,
    body_sealed: &[u8],
    now: DateTime<Utc>,
) -> Result<Submission> {
    Ok(diesel::update(submissions::table.find(id))
        .set((
            submissions::state.eq(SubmissionState::Received),
            submissions::body_sealed.eq(body_sealed),
            submissions::amended_at.eq(now),
            submissions::version.eq(submissions::version + 1),
        ))
        .returning(Submission::as_returning())
        .get_result(conn)
        .await?)
}

/// Forgets what a submission says and said before.
pub(super) async fn erase(conn: &mut AsyncPgConnection, id: SubmissionId) -> Result<Submission> {
    diesel::delete(submission_texts::table.filter(submission_texts::submission_id.eq(id)))
        .execute(conn)
        .await?;
    Ok(diesel::update(submissions::table.find(id))
        .set((
            submissions::state.eq(SubmissionState::Erased),
            submissions::body_sealed.eq(None::<Vec<u8>>),
            submissions::reason.eq(None::<crate::ledger::Reason>),
            submissions::statement.eq(None::<String>),
            submissions::version.eq(submissions::version + 1),
        ))
        .returning(Submission::as_returning())
        .get_result(conn)
        .await?)
}

/// How these submissions read before, the earliest text first.
pub async fn earlier(conn: &mut AsyncPgConnection, ids: &[SubmissionId]) -> Result<Vec<EarlierText>> {
    Ok(submission_texts::table
        .filter(submission_texts::submission_id.eq_any(ids))
        .order((submission_texts::submission_id, submission_texts::version))
        .select(EarlierText::as_select())
        .load(conn)
        .await?)
}

/// How often a submission was changed.
pub(super) async fn count_earlier(conn: &mut AsyncPgConnection, id: SubmissionId) -> Result<i64> {
    Ok(submission_texts::table
        .filter(submission_texts::submission_id.eq(id))
        .count()
        .get_result(conn)
        .await?)
}
