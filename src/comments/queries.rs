//! All SQL of comments. Readers' lists are in `queries/lists.rs`, moderators' in `queries/desk.rs`.

mod counters;
pub mod desk;
mod lists;
mod texts;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

pub use counters::{Counted, published_counts};
pub use lists::{Key, Listed, Room, Shelf, count_listed, list};

pub use texts::earlier;
pub(super) use texts::{amend, count_earlier, forget_texts, keep_text};

use super::model::{Comment, CommentState, Standing};
use crate::{
    contributors::Intake,
    db::schema::comments,
    error::Result,
    ids::{CommentId, ContributorId, DocumentId, SectionId, SectionRevisionId},
};

/// A comment to be kept.
#[derive(Insertable)]
#[diesel(table_name = comments)]
pub(super) struct NewComment<'a> {
    pub id: CommentId,
    pub document_id: DocumentId,
    pub section_id: Option<SectionId>,
    pub revision_id: Option<SectionRevisionId>,
    pub parent_id: Option<CommentId>,
    pub root_id: CommentId,
    pub depth: i32,
    pub contributor_id: ContributorId,
    pub markdown: &'a str,
    pub html: &'a str,
    pub plain: &'a str,
    pub state: CommentState,
    pub intake: Intake,
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, new: NewComment<'_>) -> Result<Comment> {
    Ok(diesel::insert_into(comments::table)
        .values(new)
        .returning(Comment::as_returning())
        .get_result(conn)
        .await?)
}

/// These comments, in no order.
pub async fn by_ids(conn: &mut AsyncPgConnection, ids: &[CommentId]) -> Result<Vec<Comment>> {
    Ok(comments::table.filter(comments::id.eq_any(ids)).select(Comment::as_select()).load(conn).await?)
}

/// One comment.
pub async fn by_id(conn: &mut AsyncPgConnection, id: CommentId) -> Result<Option<Comment>> {
    Ok(comments::table.find(id).select(Comment::as_select()).first(conn).await.optional()?)
}

/// One comment, locked until the transaction ends.
pub async fn lock(conn: &mut AsyncPgConnection, id: CommentId) -> Result<Option<Comment>> {
    Ok(comments::table.find(id).for_update().select(Comment::as_select()).first(conn).await.optional()?)
}

/// One comment, locked against changes until the transaction ends, while replies to it still come in: whoever waits for
/// something that a reply holds must not be waited for by it.
pub(super) async fn lock_text(conn: &mut AsyncPgConnection, id: CommentId) -> Result<Option<Comment>> {
    let row = comments::table.find(id).for_no_key_update();
    Ok(row.select(Comment::as_select()).first(conn).await.optional()?)
}

/// Lets a comment stand as a decision has it.
pub(super) async fn stand(
    conn: &mut AsyncPgConnection,
    id: CommentId,
    standing: &Standing,
) -> Result<Comment> {
    Ok(diesel::update(comments::table.find(id))
        .set((standing, comments::version.eq(comments::version + 1)))
        .returning(Comment::as_returning())
        .get_result(conn)
        .await?)
}

/// Counts one more reader who has reported a comment, and says how many they are. It is still the comment that everybody saw:
/// its version stays.
pub async fn count_report(conn: &mut AsyncPgConnection, id: CommentId) -> Result<i32> {
    Ok(diesel::update(comments::table.find(id))
        .set(comments::open_reports.eq(comments::open_reports + 1))
        .returning(comments::open_reports)
        .get_result(conn)
        .await?)
}

/// Notes whether the author's address has been confirmed.
pub(super) async fn set_intake(
    conn: &mut AsyncPgConnection,
    id: CommentId,
    intake: Intake,
) -> Result<Comment> {
    Ok(diesel::update(comments::table.find(id))
        .set(comments::intake.eq(intake))
        .returning(Comment::as_returning())
        .get_result(conn)
        .await?)
}

/// Whether readers see replies to a comment.
pub(super) async fn has_visible_replies(conn: &mut AsyncPgConnection, id: CommentId) -> Result<bool> {
    let replies = comments::table.filter(comments::parent_id.eq(id)).filter(comments::visible);
    Ok(diesel::select(diesel::dsl::exists(replies)).get_result(conn).await?)
}

/// Of these contributors those whose comment everybody could read at some time.
pub async fn once_public(conn: &mut AsyncPgConnection, of: &[ContributorId]) -> Result<Vec<ContributorId>> {
    Ok(comments::table
        .filter(comments::contributor_id.eq_any(of))
        .filter(comments::published_at.is_not_null())
        .select(comments::contributor_id)
        .load(conn)
        .await?)
}

/// Empties the text of a comment.
pub(super) async fn blank(conn: &mut AsyncPgConnection, id: CommentId) -> Result<Comment> {
    Ok(diesel::update(comments::table.find(id))
        .set((
            comments::markdown.eq(""),
            comments::html.eq(""),
            comments::plain.eq(""),
            comments::redacted_markdown.eq(None::<String>),
            comments::redacted_html.eq(None::<String>),
            comments::redacted_plain.eq(None::<String>),
        ))
        .returning(Comment::as_returning())
        .get_result(conn)
        .await?)
}
