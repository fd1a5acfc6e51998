//! The text of a comment and how it read before.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{
    comments::model::{Comment, EarlierText, Standing},
    db::schema::{comment_texts, comments},
    error::Result,
    ids::CommentId,
    markup::Markup,
};

/// Keeps the text that a comment has, because it is about to get another.
pub(in crate::comments) async fn keep_text(
    conn: &mut AsyncPgConnection,
    comment: &Comment,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(comment_texts::table)
        .values((
            comment_texts::comment_id.eq(comment.id),
            comment_texts::version.eq(comment.version),
            comment_texts::markdown.eq(&comment.markdown),
            comment_texts::html.eq(&comment.html),
            comment_texts::plain.eq(&comment.plain),
            comment_texts::replaced_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives a comment another text, and lets it stand so.
pub(in crate::comments) async fn amend(
    conn: &mut AsyncPgConnection,
    id: CommentId,
    markdown: &str,
    shown: &Markup,
    standing: &Standing,
    now: DateTime<Utc>,
) -> Result<Comment> {
    Ok(diesel::update(comments::table.find(id))
        .set((
            standing,
            comments::markdown.eq(markdown),
            comments::html.eq(&shown.html),
            comments::plain.eq(&shown.plain),
            comments::amended_at.eq(now),
            comments::version.eq(comments::version + 1),
        ))
        .returning(Comment::as_returning())
        .get_result(conn)
        .await?)
}

/// How these comments read before, the earliest text first.
pub async fn earlier(conn: &mut AsyncPgConnection, ids: &[CommentId]) -> Result<Vec<EarlierText>> {
    Ok(comment_texts::table
        .filter(comment_texts::comment_id.eq_any(ids))
        .order((comment_texts::comment_id, comment_texts::version))
        .select(EarlierText::as_select())
        .load(conn)
        .await?)
}

/// How often a comment was changed.
pub(in crate::comments) async fn count_earlier(conn: &mut AsyncPgConnection, id: CommentId) -> Result<i64> {
    Ok(comment_texts::table.filter(comment_texts::comment_id.eq(id)).count().get_result(conn).await?)
}

/// Forgets how a comment read before.
pub(in crate::comments) async fn forget_texts(conn: &mut AsyncPgConnection, id: CommentId) -> Result<()> {
    diesel::delete(comment_texts::table.filter(comment_texts::comment_id.eq(id))).execute(conn).await?;
    Ok(())
}
