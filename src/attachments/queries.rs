//! All SQL of attachments.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Attachment, StoredFile};
use crate::{
    db::{Handwritten, schema::attachments},
    error::Result,
    ids::{AttachmentId, DocumentId, SubmissionId},
};

/// An attachment that is announced.
#[derive(Insertable)]
#[diesel(table_name = attachments)]
pub(super) struct NewAttachment {
    pub id: AttachmentId,
    pub document_id: DocumentId,
    pub name_sealed: Vec<u8>,
    pub announced: i64,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, new: NewAttachment) -> Result<()> {
    diesel::insert_into(attachments::table).values(new).execute(conn).await?;
    Ok(())
}

/// One attachment.
pub(super) async fn by_id(conn: &mut AsyncPgConnection, id: AttachmentId) -> Result<Option<Attachment>> {
    Ok(attachments::table.find(id).select(Attachment::as_select()).first(conn).await.optional()?)
}

/// These attachments, locked until the transaction ends, in the order of their ids.
pub(super) async fn lock(conn: &mut AsyncPgConnection, ids: &[AttachmentId]) -> Result<Vec<Attachment>> {
    Ok(attachments::table
        .filter(attachments::id.eq_any(ids))
        .order(attachments::id)
        .for_update()
        .select(Attachment::as_select())
        .load(conn)
        .await?)
}

/// What belongs to these submissions, in the order it was announced.
pub async fn of_submissions(
    conn: &mut AsyncPgConnection,
    submissions: &[SubmissionId],
) -> Result<Vec<Attachment>> {
    Ok(attachments::table
        .filter(attachments::submission_id.eq_any(submissions))
        .order((attachments::submission_id, attachments::id))
        .select(Attachment::as_select())
        .load(conn)
        .await?)
}

/// Notes that the file has come.
pub(super) async fn keep(
    conn: &mut AsyncPgConnection,
    id: AttachmentId,
    file: &StoredFile,
) -> Result<Attachment> {
    Ok(diesel::update(attachments::table.find(id))
        .set(file)
        .returning(Attachment::as_returning())
        .get_result(conn)
        .await?)
}

/// Makes these part of a submission.
pub(super) async fn attach(
    conn: &mut AsyncPgConnection,
    ids: &[AttachmentId],
    submission: SubmissionId,
) -> Result<()> {
    diesel::update(attachments::table.filter(attachments::id.eq_any(ids)))
        .set(attachments::submission_id.eq(submission))
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes what belongs to a submission, and says which files that leaves behind.
pub(super) async fn delete_of(
    conn: &mut AsyncPgConnection,
    submission: SubmissionId,
) -> Result<Vec<Option<Uuid>>> {
    Ok(diesel::delete(attachments::table.filter(attachments::submission_id.eq(submission)))
        .returning(attachments::object)
        .get_results(conn)
        .await?)
}

/// Deletes one that belongs to a submission, and says which file that leaves behind.
pub(super) async fn delete_one_of(
    conn: &mut AsyncPgConnection,
    submission: SubmissionId,
    id: AttachmentId,
) -> Result<Option<Option<Uuid>>> {
    Ok(diesel::delete(attachments::table.find(id).filter(attachments::submission_id.eq(submission)))
        .returning(attachments::object)
        .get_result(conn)
        .await
        .optional()?)
}

/// How many belong to a submission.
pub(super) async fn count_of(conn: &mut AsyncPgConnection, submission: SubmissionId) -> Result<i64> {
    Ok(attachments::table.filter(attachments::submission_id.eq(submission)).count().get_result(conn).await?)
}

/// Deletes one that is part of nothing, and says which file that leaves behind.
pub(super) async fn delete_waiting(
    conn: &mut AsyncPgConnection,
    id: AttachmentId,
) -> Result<Option<Option<Uuid>>> {
    Ok(diesel::delete(attachments::table.find(id).filter(attachments::submission_id.is_null()))
        .returning(attachments::object)
        .get_result(conn)
        .await
        .optional()?)
}

/// Deletes those whose files came before that and are part of nothing, the oldest first, until they have had so many bytes, and
/// so many at the most; says which files that leaves behind, and how many bytes they have. None, where all there are have too few.
pub(super) async fn delete_longest_waiting(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
    bytes: u64,
    most: i64,
) -> Result<Vec<(Uuid, u64)>> {
    let waiting = attachments::table
        .filter(attachments::submission_id.is_null())
        .filter(attachments::stored_at.lt(before))
        .order(attachments::stored_at)
        .limit(most)
        .for_update()
        .skip_locked()
        .select((
            attachments::id,
            attachments::object.assume_not_null(),
            attachments::bytes.assume_not_null(),
        ));
    let mut found: Vec<(AttachmentId, Uuid, i64)> = waiting.load(conn).await?;
    let length = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
    let mut had = 0;
    let enough = found.iter().position(|(.., its)| {
        had += length(*its);
        had >= bytes
    });
    match enough {
        Some(last) => found.truncate(last + 1),
        // Those who come next find more.
        None if i64::try_from(found.len()) == Ok(most) => {}
        None => return Ok(Vec::new()),
    }
    let ids: Vec<_> = found.iter().map(|(id, ..)| *id).collect();
    diesel::delete(attachments::table.filter(attachments::id.eq_any(ids))).execute(conn).await?;
    Ok(found.into_iter().map(|(_, object, bytes)| (object, length(bytes))).collect())
}

/// Whether a file belongs to an attachment.
pub(super) async fn is_kept(conn: &mut AsyncPgConnection, object: Uuid) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(attachments::table.filter(attachments::object.eq(object))))
        .get_result(conn)
        .await?)
}

/// How many bytes the files have that have come.
#[derive(QueryableByName)]
pub(super) struct Taken {
    /// Those that are part of no submission.
    #[diesel(sql_type = sql_types::BigInt)]
    pub waiting: i64,
    /// All of them.
    #[diesel(sql_type = sql_types::BigInt)]
    pub all: i64,
}

/// How many bytes the files have that have come.
pub(super) async fn taken(conn: &mut AsyncPgConnection) -> Result<Taken> {
    let mut sql = Handwritten::default();
    sql.text(
        "SELECT (SELECT coalesce(sum(bytes), 0)::bigint FROM attachments WHERE submission_id IS NULL AND bytes IS NOT NULL) AS waiting, \
                (SELECT coalesce(sum(bytes), 0)::bigint FROM attachments) AS \"all\"",
    );
    Ok(sql.get_result(conn).await?)
}
