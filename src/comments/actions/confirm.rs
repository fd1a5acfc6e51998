//! What becomes of a comment whose author's address was to be confirmed. The tokens and the time are with `intake`.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use super::{noted, reply_published};
use crate::{
    comments::{
        jobs::CommentReceived,
        model::{Comment, CommentState},
        queries::{self, Counted},
    },
    contributors::Intake,
    documents::{self, model::ModerationMode},
    error::{Error, Result},
    ids::CommentId,
    outbox,
};

/// Lets a comment count, within the transaction of whoever has established that its author confirmed the address: it goes
/// on as if it had come in now. One that counts already, or that has expired, is given back as it is.
pub async fn confirm_within(
    conn: &mut AsyncPgConnection,
    id: CommentId,
    now: DateTime<Utc>,
) -> Result<Comment> {
    let comment = queries::lock(conn, id).await?.ok_or_else(|| Error::missing("comment"))?;
    if comment.intake != Intake::Unconfirmed {
        return Ok(comment);
    }
    let document = documents::queries::by_ids(conn, &[comment.document_id]).await?.pop();
    let document = document.ok_or_else(|| Error::missing("document"))?;
    let mut after = queries::set_intake(conn, id, Intake::Confirmed).await?;
    if after.state == CommentState::Pending
        && document.moderation == ModerationMode::Post
        && is_replyable(conn, &after).await?
    {
        let mut standing = after.standing();
        standing.state = CommentState::Published;
        standing.published_at = Some(now);
        let shown = queries::stand(conn, id, &standing).await?;
        let mut counted = Counted::default();
        counted.add(&after, &shown);
        counted.apply(conn).await?;
        reply_published(conn, Some(&after), &shown, now).await?;
        after = shown;
    }
    outbox::enqueue(conn, now, &CommentReceived { comment: id }).await?;
    noted(conn, None, &after, now).await?;
    Ok(after)
}

/// Whether what it replies to is still shown; if not, moderators decide.
async fn is_replyable(conn: &mut AsyncPgConnection, comment: &Comment) -> Result<bool> {
    match comment.parent_id {
        Some(parent) => Ok(queries::by_id(conn, parent).await?.is_some_and(|parent| parent.is_published())),
        None => Ok(true),
    }
}

/// Notes that the time to confirm is over; says whether it was still waited for.
pub async fn expire_within(conn: &mut AsyncPgConnection, id: CommentId) -> Result<bool> {
    let comment = queries::lock(conn, id).await?;
    let waits = comment.is_some_and(|comment| comment.intake == Intake::Unconfirmed);
    if waits {
        queries::set_intake(conn, id, Intake::Expired).await?;
    }
    Ok(waits)
}
