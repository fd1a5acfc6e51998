//! The use cases of comments.

mod amend;
mod confirm;
mod moderate;
mod preview;
mod submit;

pub use amend::{amend, withdraw};
pub use confirm::{confirm_within, expire_within};
pub use moderate::{
    ModerateComment, Unrecorded, decide, decide_within, moderate, moderate_within, note, undo, uphold_within,
};
pub use preview::{Expected, Preview, PreviewComment, preview};
pub use submit::{SubmitComment, Submitted, submit};

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use super::{
    jobs::ReplyPublished,
    model::Comment,
    policy::{self, Access},
    queries,
};
use crate::{
    contributors::Intake,
    error::{Error, Result},
    events::{self, Kind},
    identity::Viewer,
    ids::CommentId,
    outbox,
};

/// Sees to it that whoever was replied to is told, when a reply can be seen for the first time.
async fn reply_published(
    conn: &mut AsyncPgConnection,
    before: Option<&Comment>,
    after: &Comment,
    at: DateTime<Utc>,
) -> Result<()> {
    let seen_before = before.is_some_and(|before| before.published_at.is_some());
    if after.parent_id.is_some() && after.is_published() && !seen_before {
        outbox::enqueue(conn, at, &ReplyPublished { comment: after.id }).await?;
    }
    Ok(())
}

/// Notes that a comment has changed, for those who listen; nothing while its author's address is to be confirmed, because
/// nobody sees it until then.
async fn noted(
    conn: &mut AsyncPgConnection,
    before: Option<&Comment>,
    after: &Comment,
    now: DateTime<Utc>,
) -> Result<()> {
    if after.intake != Intake::Confirmed {
        return Ok(());
    }
    let shown_before = before.is_some_and(Comment::is_published);
    let kind =
        if after.is_published() && !shown_before { Kind::CommentPublished } else { Kind::CommentChanged };
    events::note(conn, kind, after.document_id, after.id.0, now).await
}

/// A comment as this viewer may look at it; `NotFound` where it is not there for them.
pub async fn visible(
    conn: &mut AsyncPgConnection,
    viewer: &Viewer,
    id: CommentId,
) -> Result<(Comment, Access)> {
    let missing = || Error::missing("comment");
    let comment = queries::by_id(conn, id).await?.ok_or_else(missing)?;
    let access = policy::access(viewer, &comment).ok_or_else(missing)?;
    Ok((comment, access))
}
